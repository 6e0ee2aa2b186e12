/** The editor's settings, read for the server and written for the user. */

import * as vscode from "vscode";
import { environment, forServer, namedServer, type Inspected } from "./settings.ts";

export const SECTION = "lsp-copilot";

/** What goes to the server in `initialize` and whenever it changes. */
export function settingsForServer(): Record<string, unknown> {
  return forServer(inspect, vscode.workspace.isTrusted);
}

/** What only the user may set, for the server's environment. */
export function environmentForServer(): Record<string, string> {
  return environment(inspect);
}

export function serverNamed(): readonly string[] | undefined {
  return namedServer(inspect);
}

export function isEnabled(): boolean {
  return section().get<boolean>("enabled", true);
}

export function isStreaming(): boolean {
  return section().get<boolean>("streaming", false);
}

export function disabledLanguages(): readonly string[] {
  return section().get<readonly string[]>("disabled_languages", []);
}

/**
 * Write a setting where it holds: in the workspace if it has a value of its own there, else for the user. `undefined`
 * removes it.
 */
export async function write(key: string, value: unknown): Promise<void> {
  const inWorkspace = vscode.workspace.isTrusted && inspect(key)?.workspaceValue !== undefined;
  const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await section().update(key, value, target);
}

/** Whether somebody has written this setting. */
export function isWritten(key: string): boolean {
  const { globalValue, workspaceValue, workspaceFolderValue } = inspect(key) ?? {};
  return [globalValue, workspaceValue, workspaceFolderValue].some((value) => value !== undefined);
}

function inspect(key: string): Inspected | undefined {
  return section().inspect(key);
}

function section(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration(SECTION);
}
