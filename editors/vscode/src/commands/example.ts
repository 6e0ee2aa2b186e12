/** A file to try suggestions in: it is not saved. */

import * as vscode from "vscode";

const BEFORE = `class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def move(self, dx, dy):
        self.x = self.x + dx
        self.y = `;

export async function tryExample(): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language: "python", content: `${BEFORE}\n` });
  const editor = await vscode.window.showTextDocument(document);
  const end = document.positionAt(BEFORE.length);
  editor.selection = new vscode.Selection(end, end);
  await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
}
