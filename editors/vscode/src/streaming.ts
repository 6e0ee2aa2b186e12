/**
 * Grey text that grows while the model writes, on the editor's stable interface.
 *
 * An editor asks a provider once for a position and keeps what it was given. A provider that is registered anew is
 * asked again, and the old text stays until its answer is there; so for every part that arrives this one registers
 * itself anew and triggers the editor, which is answered from memory while the request to the server goes on.
 * The arguments of the trigger are not documented: hence a setting.
 */

import * as vscode from "vscode";
import { InlineCompletionRequest, ProgressType, type InlineCompletionItem } from "vscode-languageclient/node";
import type { Server } from "./server.ts";
import { SELECTOR } from "./server.ts";

interface Growing {
  readonly key: string;
  readonly stop: vscode.CancellationTokenSource;
  /** Settled when there is something to show, or nothing more will come. */
  readonly first: Promise<void>;
  items: readonly InlineCompletionItem[];
  isShown: boolean;
}

let tokens = 0;

export class Streaming implements vscode.InlineCompletionItemProvider, vscode.Disposable {
  private growing: Growing | undefined;
  private registration: vscode.Disposable | undefined;
  private readonly listeners: readonly vscode.Disposable[];
  private readonly server: Server;
  private readonly extensionId: string;
  private readonly mayOffer: () => boolean;

  constructor(server: Server, extensionId: string, mayOffer: () => boolean) {
    this.server = server;
    this.extensionId = extensionId;
    this.mayOffer = mayOffer;
    this.listeners = [
      vscode.workspace.onDidChangeTextDocument(() => this.stopIfMoved()),
      vscode.window.onDidChangeTextEditorSelection(() => this.stopIfMoved()),
    ];
    this.register();
  }

  async provideInlineCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[] | vscode.InlineCompletionList | null | undefined> {
    const { client } = this.server;
    if (client === undefined || !this.mayOffer()) {
      return null;
    }
    const key = keyOf(document, position, context);
    if (this.growing?.key !== key) {
      this.growing?.stop.cancel();
      this.growing = this.ask(key, document, position, context);
    }
    const { growing } = this;
    await Promise.race([growing.first, cancelled(token)]);
    if (token.isCancellationRequested || this.growing !== growing) {
      return null;
    }
    growing.isShown = true;
    return client.protocol2CodeConverter.asInlineCompletionResult([...growing.items], token);
  }

  dispose(): void {
    this.growing?.stop.cancel();
    this.registration?.dispose();
    for (const listener of this.listeners) {
      listener.dispose();
    }
  }

  private register(): void {
    const before = this.registration;
    // A new object, or it would count as the provider that has answered already.
    const provider: vscode.InlineCompletionItemProvider = {
      provideInlineCompletionItems: (...asked) => this.provideInlineCompletionItems(...asked),
    };
    this.registration = vscode.languages.registerInlineCompletionItemProvider(SELECTOR, provider);
    before?.dispose();
  }

  private ask(
    key: string,
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
  ): Growing {
    const { client } = this.server;
    const stop = new vscode.CancellationTokenSource();
    let isThere = (): void => {};
    const first = new Promise<void>((resolve) => (isThere = resolve));
    const growing: Growing = { key, stop, first, items: [], isShown: false };
    if (client === undefined) {
      isThere();
      return growing;
    }
    const partialResultToken = `lsp-copilot/inline/${++tokens}`;
    const listening = client.onProgress(new ProgressType<InlineCompletionItem[]>(), partialResultToken, (items) => {
      this.grown(growing, items);
      isThere();
    });
    const params = { ...client.code2ProtocolConverter.asInlineCompletionParams(document, position, context), partialResultToken };
    client
      .sendRequest(InlineCompletionRequest.type, params, stop.token)
      .then(
        (answer) => this.grown(growing, Array.isArray(answer) ? answer : (answer?.items ?? [])),
        () => undefined,
      )
      .finally(() => {
        listening.dispose();
        isThere();
      });
    return growing;
  }

  private grown(growing: Growing, items: readonly InlineCompletionItem[]): void {
    const isSame = JSON.stringify(items) === JSON.stringify(growing.items);
    growing.items = items;
    if (this.growing !== growing || !growing.isShown || isSame) {
      return;
    }
    this.register();
    const asked = { providerId: `${this.extensionId}:*`, explicit: false };
    void vscode.commands.executeCommand("editor.action.inlineSuggest.trigger", asked).then(undefined, () => undefined);
  }

  private stopIfMoved(): void {
    const editor = vscode.window.activeTextEditor;
    if (this.growing === undefined || editor === undefined) {
      return;
    }
    if (!this.growing.key.startsWith(placeOf(editor.document, editor.selection.active))) {
      this.growing.stop.cancel();
      this.growing = undefined;
    }
  }
}

function keyOf(document: vscode.TextDocument, position: vscode.Position, context: vscode.InlineCompletionContext): string {
  return `${placeOf(document, position)} ${context.selectedCompletionInfo?.text ?? ""}`;
}

function placeOf(document: vscode.TextDocument, position: vscode.Position): string {
  return `${document.uri.toString()} ${document.version} ${position.line}:${position.character}|`;
}

function cancelled(token: vscode.CancellationToken): Promise<void> {
  return new Promise((resolve) => {
    if (token.isCancellationRequested) {
      resolve();
    } else {
      token.onCancellationRequested(() => resolve());
    }
  });
}
