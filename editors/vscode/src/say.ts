/** Sentences for the user, and the server's refusals as such. */

import * as vscode from "vscode";

/** Tell; answers with the button that was pressed. */
export function tell(sentence: string, ...buttons: string[]): Thenable<string | undefined> {
  return vscode.window.showInformationMessage(`lsp-copilot: ${sentence}`, ...buttons);
}

export function warn(sentence: string, ...buttons: string[]): Thenable<string | undefined> {
  return vscode.window.showWarningMessage(`lsp-copilot: ${sentence}`, ...buttons);
}

export function complain(sentence: string, ...buttons: string[]): Thenable<string | undefined> {
  return vscode.window.showErrorMessage(`lsp-copilot: ${sentence}`, ...buttons);
}

/** What went wrong, in the server's own words where it has said some. */
export function reason(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return words.replace(/^lsp-copilot: /, "");
}
