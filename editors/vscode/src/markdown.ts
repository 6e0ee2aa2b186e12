/** Pages for the user as markdown. Knows no editor. */

/** The report of `lsp-copilot doctor --json`. */
export interface Report {
  readonly ok: boolean;
  readonly failed: string | null;
  readonly checks: readonly Check[];
  readonly settings: Readonly<Record<string, { readonly value: unknown; readonly from: string }>>;
}

interface Check {
  readonly stage: string;
  readonly verdict: "ok" | "warning" | "failed";
  readonly found: string;
  readonly advice: string;
}

const MARKS = { ok: "✓", warning: "⚠", failed: "✗" } as const;

/** The doctor's report. */
export function doctorPage(report: Report, program: string): string {
  const rows = report.checks.map((check) => {
    const advice = check.verdict !== "ok" && check.advice !== "" ? `<br>→ ${cell(check.advice)}` : "";
    return `| ${MARKS[check.verdict]} | ${cell(check.stage)} | ${cell(check.found)}${advice} |`;
  });
  const changed = Object.entries(report.settings).filter(([, setting]) => setting.from !== "default");
  const settings = changed.map(
    ([key, { value, from }]) => `| \`${key}\` | ${cell(JSON.stringify(value) ?? "")} | ${cell(from)} |`,
  );
  const verdict = report.ok ? "It works." : `The stage **${text(report.failed ?? "")}** failed.`;
  return [
    "# lsp-copilot doctor",
    "",
    verdict,
    "",
    "| | stage | found |",
    "|---|---|---|",
    ...rows,
    "",
    ...(settings.length > 0
      ? ["## Settings that are not defaults", "", "| setting | value | from |", "|---|---|---|", ...settings, ""]
      : []),
    `The program is ${code(program)}.`,
    "",
  ].join("\n");
}

/** Text that markdown takes as text. */
export function text(words: string): string {
  return words.replaceAll(/[\\`*_{}[\]<>#|~]/g, (mark) => `\\${mark}`);
}

/** Text that stands as it is. */
export function code(words: string): string {
  return `\`${words.replaceAll("`", "'")}\``;
}

function cell(words: string): string {
  return text(words).replaceAll(/\s*\n\s*/g, " ");
}
