/** A script from a request in words, written into a new document while it arrives, and then checked there. */

import * as vscode from "vscode";
import type { App } from "../app.ts";
import { KINDS, type Kind } from "../kinds.ts";
import { complain, reason } from "../say.ts";
import { Writing, type Edit } from "../writing.ts";
import { ask, askInParts, connected } from "./requests.ts";

type Part = { readonly text: string } | { readonly round: number; readonly how: string; readonly reason: string };

interface Outcome {
  readonly text: string;
}

export async function generateScript(app: App): Promise<void> {
  const client = connected(app);
  if (client === undefined) {
    return;
  }
  const items = KINDS.map((kind) => ({ label: kind.title, description: kind.example, script: kind }));
  const kind = (await vscode.window.showQuickPick(items, { title: "lsp-copilot: what kind of script?" }))?.script;
  if (kind === undefined) {
    return;
  }
  const request = await vscode.window.showInputBox({
    title: `lsp-copilot: ${kind.title}`,
    prompt: "What should it do? It is written and checked, never run.",
    placeHolder: kind.example,
    ignoreFocusOut: true,
  });
  if (request === undefined || request.trim() === "") {
    return;
  }
  const tables = tablesOf(kind);
  const document = await vscode.workspace.openTextDocument({ language: kind.language, content: "" });
  await vscode.window.showTextDocument(document, { preview: false });
  const writing = new Writing((edit) => written(document, edit));
  const title = `lsp-copilot: writing ${kind.title}`;
  try {
    await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (progress, token) => {
      const hear = (part: Part): void => {
        if ("text" in part) {
          writing.add(part.text);
        } else {
          progress.report({ message: `attempt ${part.round}` });
          writing.clear();
        }
      };
      const asked = { kind: kind.name, request, ...tables };
      const stop = stopped(token, document);
      try {
        const outcome = await askInParts<Part, Outcome>(client, "lspCopilot.script", asked, hear, stop.token);
        await writing.finish(outcome.text);
      } finally {
        stop.dispose();
      }
    });
    // The checks' findings become diagnostics with their fixes, and their headline a message.
    const whole = { first: 0, last: document.lineCount - 1 };
    await ask(client, "lspCopilot.scriptAction", { action: "check", uri: document.uri.toString(), kind: kind.name, ...whole });
  } catch (error) {
    if (!isCancelled(error)) {
      void complain(reason(error));
    }
  }
}

/** For SQL the tables that the active document makes. */
function tablesOf(kind: Kind): { schemaUri?: string } {
  const active = vscode.window.activeTextEditor?.document;
  const hasTables = kind.name === "sql" && active !== undefined && /create\s+table/i.test(active.getText());
  return hasTables ? { schemaUri: active.uri.toString() } : {};
}

async function written(document: vscode.TextDocument, edit: Edit): Promise<void> {
  const range = new vscode.Range(document.positionAt(edit.from), document.lineAt(document.lineCount - 1).range.end);
  const editor = vscode.window.visibleTextEditors.find((each) => each.document === document);
  if (editor !== undefined) {
    // All later edits go into the step that the first one has begun.
    const undo = { undoStopBefore: edit.isFirst, undoStopAfter: false };
    if (await editor.edit((builder) => builder.replace(range, edit.text), undo)) {
      return;
    }
  }
  const change = new vscode.WorkspaceEdit();
  change.replace(document.uri, range, edit.text);
  if (!(await vscode.workspace.applyEdit(change))) {
    throw new Error("The script could not be written into the document.");
  }
}

/** Cancelled by the user, or because the document was closed. */
function stopped(
  token: vscode.CancellationToken,
  document: vscode.TextDocument,
): vscode.Disposable & { readonly token: vscode.CancellationToken } {
  const source = new vscode.CancellationTokenSource();
  const whole = vscode.Disposable.from(
    token.onCancellationRequested(() => source.cancel()),
    vscode.workspace.onDidCloseTextDocument((closed) => closed === document && source.cancel()),
    source,
  );
  return { token: source.token, dispose: () => whole.dispose() };
}

function isCancelled(error: unknown): boolean {
  return error instanceof vscode.CancellationError || (error as { code?: unknown } | undefined)?.code === -32800;
}
