/** What can be done with lines that are selected: explained, translated, fixed. The server edits the document itself. */

import * as vscode from "vscode";
import type { App } from "../app.ts";
import { KINDS, targets, wholeLines } from "../kinds.ts";
import { complain, reason, tell, warn } from "../say.ts";
import { ask, connected } from "./requests.ts";

const COMMAND = "lspCopilot.scriptAction";
const SOURCE = "lsp-copilot script";
const DIAGNOSTICS_MS = 3000;

interface Result {
  readonly applied: boolean;
  readonly text?: string;
  readonly state?: string;
}

export async function explain(app: App): Promise<void> {
  const result = await act(app, "explain");
  if (result?.text) {
    await app.pages.show("Explanation", result.text, "beside");
  }
}

export async function translate(app: App): Promise<void> {
  const language = vscode.window.activeTextEditor?.document.languageId ?? "";
  const items = targets(language).map((target) => ({ label: target.title, target: target.name }));
  const chosen = await vscode.window.showQuickPick(items, { title: "lsp-copilot: translate to" });
  if (chosen !== undefined) {
    await act(app, "translate", { target: chosen.target });
  }
}

/** Fix what the checks say of the lines; they are asked first where they have said nothing yet. */
export async function fix(app: App): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    void warn("Select the lines of a script first.");
    return;
  }
  const { document, selection } = editor;
  let found = findings(document.uri, selection);
  if (found.length === 0) {
    const heard = heardOf(document.uri);
    const checked = await act(app, "check");
    if (checked === undefined || checked.state !== "invalid") {
      return;
    }
    await heard;
    found = findings(document.uri, selection);
  }
  const fixes = await fixesOf(document.uri, found);
  if (fixes.length === 0) {
    void tell("The checks find nothing here that could be fixed.");
    return;
  }
  const title = "lsp-copilot: fix which finding?";
  const chosen = fixes.length === 1 ? fixes[0] : await vscode.window.showQuickPick(fixes, { title });
  const client = connected(app);
  if (chosen !== undefined && client !== undefined) {
    try {
      await ask(client, COMMAND, chosen.command.arguments?.[0]);
    } catch (error) {
      void complain(reason(error));
    }
  }
}

async function act(app: App, action: string, more: object = {}): Promise<Result | undefined> {
  const client = connected(app);
  const editor = vscode.window.activeTextEditor;
  if (client === undefined) {
    return undefined;
  }
  if (editor === undefined) {
    void warn("Select the lines of a script first.");
    return undefined;
  }
  const { document, selection } = editor;
  const lines = wholeLines(selection.start, selection.end);
  const asked = { action, uri: document.uri.toString(), ...lines, ...more };
  try {
    return await ask<Result>(client, COMMAND, asked);
  } catch (error) {
    // It cannot see of every document what kind of script it is.
    if (!/: kind: /.test(reason(error))) {
      void complain(reason(error));
      return undefined;
    }
  }
  const items = KINDS.map((kind) => ({ label: kind.title, name: kind.name }));
  const chosen = await vscode.window.showQuickPick(items, { title: "lsp-copilot: what kind of script is this?" });
  if (chosen === undefined) {
    return undefined;
  }
  try {
    return await ask<Result>(client, COMMAND, { ...asked, kind: chosen.name });
  } catch (error) {
    void complain(reason(error));
    return undefined;
  }
}

/** Errors and warnings of ours; notes are nothing to fix. */
function findings(uri: vscode.Uri, range: vscode.Range): vscode.Diagnostic[] {
  return vscode.languages
    .getDiagnostics(uri)
    .filter((each) => each.source === SOURCE && each.severity <= vscode.DiagnosticSeverity.Warning)
    .filter((each) => each.range.intersection(range) !== undefined);
}

/** Settled when there are other diagnostics of the document, or none came. */
function heardOf(uri: vscode.Uri): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      listener.dispose();
      resolve();
    };
    const timer = setTimeout(done, DIAGNOSTICS_MS);
    const listener = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      if (uris.some((each) => each.toString() === uri.toString())) {
        done();
      }
    });
  });
}

async function fixesOf(
  uri: vscode.Uri,
  found: readonly vscode.Diagnostic[],
): Promise<{ label: string; command: vscode.Command }[]> {
  const fixes = new Map<string, vscode.Command>();
  for (const { range } of found) {
    const kind = vscode.CodeActionKind.QuickFix.value;
    const offered = await vscode.commands.executeCommand<vscode.CodeAction[]>("vscode.executeCodeActionProvider", uri, range, kind);
    for (const { title, command } of offered) {
      if (command?.command === COMMAND) {
        fixes.set(title, command);
      }
    }
  }
  return [...fixes].map(([label, command]) => ({ label, command }));
}
