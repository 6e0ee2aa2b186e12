/** Where the server is missing: the one command that installs it, shown first and run when the user says so. */

import * as vscode from "vscode";
import type { App } from "../app.ts";
import { installation } from "../find.ts";
import { complain, tell, warn } from "../say.ts";

const INSTALL = "Install…";
const CHOOSE = "Choose Program…";
const RUN = "Run in a Terminal";
const COPY = "Copy the Command";

/** Say that it is missing, and what can be done. */
export async function offer(app: App): Promise<void> {
  const chosen = await warn("The server is not on this machine yet.", INSTALL, CHOOSE);
  if (chosen === INSTALL) {
    await install(app);
  } else if (chosen === CHOOSE) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "lsp-copilot.server");
  }
}

export async function install(app: App): Promise<void> {
  if (app.server.phase.name === "running") {
    void tell(`The server is here: ${app.server.program?.command ?? "it runs"}.`);
    return;
  }
  const command = installation(app.machine);
  if (command === undefined) {
    void complain("No Python was found on this machine. Install Python 3.11 or newer, then try again.");
    return;
  }
  const chosen = await vscode.window.showInformationMessage(
    "Install the lsp-copilot server?",
    { modal: true, detail: `This command will be run in a terminal. It fetches packages from the Python package index.\n\n${command}` },
    RUN,
    COPY,
  );
  if (chosen === COPY) {
    await vscode.env.clipboard.writeText(command);
  } else if (chosen === RUN) {
    runInTerminal(app, command);
  }
}

function runInTerminal(app: App, command: string): void {
  const terminal = vscode.window.createTerminal({ name: "lsp-copilot", cwd: app.machine.home });
  terminal.show();
  terminal.sendText(command);
  const ended = vscode.window.onDidEndTerminalShellExecution(async (event) => {
    if (event.terminal === terminal) {
      ended.dispose();
      await app.server.restart();
    }
  });
  const closed = vscode.window.onDidCloseTerminal(async (gone) => {
    if (gone === terminal) {
      closed.dispose();
      ended.dispose();
      await app.server.restart();
    }
  });
  app.context.subscriptions.push(ended, closed);
}
