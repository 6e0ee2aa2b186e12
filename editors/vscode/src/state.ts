/** What the status item shows, from what is known of server, settings and folder. Knows no editor. */

/** The parameters of the server's notification `$/lspCopilot/status`. */
export interface View {
  readonly kind: "normal" | "busy" | "loading" | "warning" | "error" | "off";
  readonly message: string;
  readonly model: string;
  readonly progress: number | null;
}

/** Where the server's process is. `why` is a sentence for the user. */
export type Phase =
  | { readonly name: "starting" }
  | { readonly name: "running"; readonly view: View | undefined }
  | { readonly name: "restarting"; readonly why: string }
  | { readonly name: "missing"; readonly why: string }
  | { readonly name: "failed"; readonly why: string };

export interface Facts {
  readonly phase: Phase;
  /** The language of the active document, "" without one. */
  readonly language: string;
  readonly disabledLanguages: readonly string[];
  /** When suggestions come back, as the clock shows it; "" while they are not snoozed. */
  readonly snoozedUntil: string;
  readonly isTrusted: boolean;
}

export type Name = "ready" | "loading" | "busy" | "degraded" | "off" | "untrusted" | "error";

export interface Shown {
  readonly name: Name;
  readonly icon: string;
  /** Beside the icon. */
  readonly text: string;
  /** A sentence. */
  readonly message: string;
  readonly model: string;
}

const UNTRUSTED = "You have not trusted this folder: its settings are left out, and nothing in it is started.";

/** What to show. What the user has to do something about comes first, then what the user has asked for. */
export function shown(facts: Facts): Shown {
  const { phase } = facts;
  const view = phase.name === "running" ? phase.view : undefined;
  const model = view?.model ?? "";
  const make = (name: Name, icon: string, message: string, text = ""): Shown => ({
    name,
    icon,
    text: text === "" ? "lsp-copilot" : `lsp-copilot ${text}`,
    message,
    model,
  });
  if (phase.name === "missing" || phase.name === "failed") {
    return make("error", "error", phase.why);
  }
  if (phase.name === "restarting") {
    return make("degraded", "warning", phase.why);
  }
  if (facts.snoozedUntil !== "") {
    return make("off", "bell-slash", `Snoozed until ${facts.snoozedUntil}.`);
  }
  if (phase.name === "starting" || view === undefined) {
    return make("loading", "loading~spin", "Starting the server.");
  }
  if (view.kind === "off") {
    return make("off", "circle-slash", view.message);
  }
  if (facts.language !== "" && facts.disabledLanguages.includes(facts.language)) {
    return make("off", "circle-slash", `Suggestions are switched off for ${facts.language}.`);
  }
  switch (view.kind) {
    case "error":
      return make("error", "error", view.message);
    case "warning":
      return make("degraded", "warning", view.message);
    case "loading":
      return make("loading", "loading~spin", view.message, percent(view.progress));
    case "busy":
      return make("busy", "loading~spin", view.message);
    case "normal":
      return facts.isTrusted ? make("ready", "sparkle", view.message) : make("untrusted", "shield", UNTRUSTED);
  }
}

/** Whether a value is a status of the server: it may be newer or older than we are. */
export function isView(value: unknown): value is View {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const { kind, message, model } = value as Record<string, unknown>;
  const kinds: readonly unknown[] = ["normal", "busy", "loading", "warning", "error", "off"];
  return kinds.includes(kind) && typeof message === "string" && typeof model === "string";
}

function percent(progress: number | null): string {
  return progress === null ? "" : `${Math.round(100 * Math.min(1, Math.max(0, progress)))} %`;
}
