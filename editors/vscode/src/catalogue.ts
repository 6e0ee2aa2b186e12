/** The models as `lsp-copilot models list --json` tells them, in words for a list to choose from. Knows no editor. */

export interface Model {
  readonly name: string;
  readonly title: string;
  readonly roles: readonly string[];
  readonly quantization: string;
  readonly size: number | null;
  readonly size_is_exact: boolean;
  readonly memory: number | null;
  readonly time_ms: number | null;
  readonly verdict: string;
  readonly reason: string;
  readonly licence: string;
  readonly in_use: boolean;
  readonly chosen: readonly string[];
  readonly installed: boolean;
  readonly fetchable: boolean;
  readonly state: string;
}

export interface Choice {
  readonly model: Model;
  readonly label: string;
  readonly description: string;
  readonly detail: string;
}

/** The models that can be chosen: what is here comes first, then what could be fetched. */
export function choices(models: readonly Model[], only: "any" | "fetchable"): Choice[] {
  const offered = models.filter((model) =>
    only === "fetchable" ? model.fetchable && !model.installed : model.installed || model.in_use || model.fetchable,
  );
  const here = (model: Model): number => (model.installed || model.in_use ? 0 : 1);
  return offered
    .map((model, index) => ({ model, index }))
    .sort((one, other) => here(one.model) - here(other.model) || one.index - other.index)
    .map(({ model }) => choice(model));
}

function choice(model: Model): Choice {
  const isHere = model.installed || model.in_use;
  const size = model.size === null ? "size not known" : `${model.size_is_exact ? "" : "about "}${gigabytes(model.size)}`;
  const words = [
    `${model.quantization} ${size}`,
    model.memory === null ? "" : `${gigabytes(model.memory)} memory`,
    model.time_ms === null ? "" : time(model.time_ms, model.roles),
    model.licence,
  ];
  return {
    model,
    label: `$(${model.in_use ? "check" : isHere ? "database" : "cloud-download"}) ${model.name}`,
    description: [model.title, isHere ? model.state : `to be fetched, ${model.state}`].join(" — "),
    detail: words.filter((word) => word !== "").join(" · "),
  };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e8 ? 3 : 2)} GB`;
}

function time(milliseconds: number, roles: readonly string[]): string {
  const amount = milliseconds < 10_000 ? `${Math.round(milliseconds)} ms` : `${Math.round(milliseconds / 1000)} s`;
  return roles.includes("completion") ? `${amount} to the first line` : `${amount} for a script`;
}
