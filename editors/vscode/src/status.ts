/** The item in the status bar. */

import * as vscode from "vscode";
import type { Shown } from "./state.ts";

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("lsp-copilot.status", vscode.StatusBarAlignment.Right, 100);

  constructor() {
    this.item.name = "lsp-copilot";
    this.item.command = "lsp-copilot.menu";
    this.item.show();
  }

  show(shown: Shown): void {
    this.item.text = `$(${shown.icon}) ${shown.text}`;
    const tooltip = new vscode.MarkdownString();
    tooltip.appendMarkdown(`**lsp-copilot: ${shown.name}**\n\n`).appendText(shown.message);
    if (shown.model !== "") {
      tooltip.appendText(`\nModel: ${shown.model}`);
    }
    this.item.tooltip = tooltip;
    this.item.accessibilityInformation = { label: `lsp-copilot: ${shown.name}. ${shown.message}` };
    const isError = shown.name === "error";
    const isWarning = shown.name === "degraded";
    const colour = isError ? "statusBarItem.errorBackground" : isWarning ? "statusBarItem.warningBackground" : "";
    this.item.backgroundColor = colour === "" ? undefined : new vscode.ThemeColor(colour);
  }

  dispose(): void {
    this.item.dispose();
  }
}
