/** Levels of the log, as the editor names the methods of its log channels. */
export type LogLevel = "debug" | "info" | "warn" | "error";
