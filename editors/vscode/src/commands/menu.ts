/** The menu behind the status item. */

import * as vscode from "vscode";
import type { App } from "../app.ts";
import { disabledLanguages, isEnabled } from "../configuration.ts";

interface Entry extends vscode.QuickPickItem {
  readonly command?: string;
  readonly argument?: unknown;
}

export async function menu(app: App): Promise<void> {
  const { name, message, model } = app.shown();
  const title = `lsp-copilot: ${name}${model === "" ? "" : ` — ${model}`}`;
  const chosen = await vscode.window.showQuickPick(entries(app), { title, placeHolder: message });
  if (chosen?.command !== undefined) {
    await vscode.commands.executeCommand(chosen.command, ...(chosen.argument === undefined ? [] : [chosen.argument]));
  }
}

function entries(app: App): Entry[] {
  const language = vscode.window.activeTextEditor?.document.languageId;
  const isOff = language !== undefined && disabledLanguages().includes(language);
  const { phase } = app.server;
  return [
    ...(phase.name === "missing" ? [entry("cloud-download", "Install the server…", "install")] : []),
    ...(vscode.workspace.isTrusted
      ? []
      : [{ label: "$(shield) Trust this folder…", command: "workbench.trust.manage" }]),
    isEnabled()
      ? entry("circle-slash", "Switch suggestions off", "toggle")
      : entry("circle-large-filled", "Switch suggestions on", "toggle"),
    ...(language === undefined
      ? []
      : [entry(isOff ? "circle-large-filled" : "circle-slash", `Switch ${isOff ? "on" : "off"} for ${language}`, "toggleLanguage")]),
    entry("bell-slash", app.snooze.isOn ? "Snoozed: change or end it…" : "Snooze…", "snooze", app.snooze.untilWhen),
    { label: "", kind: vscode.QuickPickItemKind.Separator },
    entry("question", "Why this suggestion?", "why"),
    entry("file-code", "Generate a script…", "generateScript"),
    { label: "", kind: vscode.QuickPickItemKind.Separator },
    entry("database", "Choose a model…", "chooseModel", app.shown().model),
    entry("cloud-download", "Fetch a model…", "pullModel"),
    entry("pulse", "Run the doctor", "doctor"),
    entry("refresh", "Restart the server", "restart"),
    entry("output", "Show the log", "showLog"),
    { label: "$(gear) Settings", command: "workbench.action.openSettings", argument: "lsp-copilot" },
  ];
}

function entry(icon: string, label: string, command: string, description = ""): Entry {
  return { label: `$(${icon}) ${label}`, description, command: `lsp-copilot.${command}` };
}
