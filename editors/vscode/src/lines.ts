/** Lines that the program prints, read back. Knows no editor. */

import type { LogLevel } from "./log.ts";

/** The percentage in a line of `models pull`, 0 to 100; undefined where there is none. */
export function percentage(line: string): number | undefined {
  const found = /\]\s*(\d{1,3}) %/.exec(line);
  return found?.[1] === undefined ? undefined : Math.min(100, Number(found[1]));
}

/** What a line of `models pull` says beside its bar: sizes, speed, time left. */
export function pace(line: string): string {
  return line.replace(/\s*\[[#.]*\]\s*\d+ %/, "").replaceAll(/ {2,}/g, " · ").trim();
}

/** The level of a line of the server's log. Lines without one go on with the line before, which was of `before`. */
export function level(line: string, before: LogLevel): LogLevel {
  const found = /\b(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b/.exec(line.slice(0, 60));
  switch (found?.[1]) {
    case "DEBUG":
      return "debug";
    case "INFO":
      return "info";
    case "WARNING":
      return "warn";
    case "ERROR":
    case "CRITICAL":
      return "error";
    default:
      return before;
  }
}

/** The sentence that the program ended with, for the user: the last line of its standard error, without its name. */
export function lastSentence(stderr: string): string {
  const rows = stderr.split(/\r?\n/).filter((row) => row.trim() !== "");
  return (rows.at(-1) ?? "").replace(/^lsp-copilot: /, "").trim();
}
