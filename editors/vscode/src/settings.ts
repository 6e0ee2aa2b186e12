/**
 * What the settings are called and where their values may come from. Knows no editor.
 *
 * The names are those of `config.toml`. A value is sent only where somebody has written it: the editor's
 * defaults would win over the user's own file otherwise.
 */

/** Keys that the server takes from an editor. */
export const HARMLESS = [
  "enabled",
  "model",
  "script_model",
  "latency_ms",
  "debounce_ms",
  "deadline_ms",
  "max_lines",
  "disabled_languages",
  "pause_on_battery",
  "log_level",
] as const;

/** Keys that only the user may set: they go to the server by its environment. */
export const PROTECTED = ["endpoint", "endpoint_model", "endpoint_key"] as const;

/** One setting as `WorkspaceConfiguration.inspect` tells it. */
export interface Inspected {
  readonly globalValue?: unknown;
  readonly workspaceValue?: unknown;
  readonly workspaceFolderValue?: unknown;
}

/** The value that somebody has written, the narrowest first; undefined where nobody has. */
export function written(setting: Inspected | undefined, isTrusted: boolean): unknown {
  const narrow = isTrusted ? (setting?.workspaceFolderValue ?? setting?.workspaceValue) : undefined;
  return narrow ?? setting?.globalValue;
}

/** The settings to send: harmless keys that somebody has written. */
export function forServer(
  inspect: (key: string) => Inspected | undefined,
  isTrusted: boolean,
): Record<string, unknown> {
  const found = HARMLESS.map((key) => [key, written(inspect(key), isTrusted)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

/** Environment variables for what only the user may set. */
export function environment(inspect: (key: string) => Inspected | undefined): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const key of PROTECTED) {
    const value = inspect(key)?.globalValue;
    if (typeof value === "string" && value !== "") {
      variables[`LSP_COPILOT_${key.toUpperCase()}`] = value;
    }
  }
  return variables;
}

/** The program that the user names; undefined where it is to be looked for. */
export function namedServer(inspect: (key: string) => Inspected | undefined): readonly string[] | undefined {
  const value = inspect("server")?.globalValue;
  if (!Array.isArray(value) || value.length === 0 || !value.every((part) => typeof part === "string")) {
    return undefined;
  }
  return value as string[];
}

/** The list of languages without suggestions after one of them was switched over. */
export function switchedLanguage(disabled: readonly string[], language: string): string[] {
  return disabled.includes(language)
    ? disabled.filter((each) => each !== language)
    : [...disabled, language].sort();
}
