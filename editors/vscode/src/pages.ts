/** Pages of markdown that are shown and never saved. */

import * as vscode from "vscode";

const SCHEME = "lsp-copilot";

export class Pages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.path) ?? "";
  }

  /**
   * Show a page, `title` is its name, and a page of that name is replaced. `beside` the active editor, unless a page is
   * active already.
   */
  async show(title: string, markdown: string, place: "here" | "beside"): Promise<void> {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${title}.md` });
    this.texts.set(uri.path, markdown);
    this.changed.fire(uri);
    const command = place === "here" || isPageActive() ? "markdown.showPreview" : "markdown.showPreviewToSide";
    await vscode.commands.executeCommand(command, uri);
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }
}

function isPageActive(): boolean {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputWebview && input.viewType.includes("markdown.preview");
}
