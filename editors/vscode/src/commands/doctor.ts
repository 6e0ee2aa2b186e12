/** The doctor's report, and why the last suggestion was shown or none was. */

import * as vscode from "vscode";
import type { App } from "../app.ts";
import { run } from "../command_line.ts";
import { lastSentence } from "../lines.ts";
import { doctorPage, type Report } from "../markdown.ts";
import { complain, reason } from "../say.ts";
import { install } from "./install.ts";
import { ask, connected } from "./requests.ts";

export async function doctor(app: App): Promise<void> {
  const { program } = app.server;
  if (program === undefined) {
    await install(app);
    return;
  }
  const title = "lsp-copilot: the doctor looks at every stage";
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (_, token) => {
    const done = await run(program, ["doctor", "--json"], token);
    if (token.isCancellationRequested) {
      return;
    }
    let report: Report;
    try {
      report = JSON.parse(done.stdout) as Report;
    } catch {
      void complain(lastSentence(done.stderr) || `The doctor has said nothing (exit code ${done.code}).`);
      return;
    }
    await app.pages.show("lsp-copilot doctor", doctorPage(report, [program.command, ...program.prefix].join(" ")), "here");
  });
}

export async function why(app: App): Promise<void> {
  const client = connected(app);
  if (client === undefined) {
    return;
  }
  try {
    const { markdown } = await ask<{ markdown: string }>(client, "lspCopilot.why", 0);
    await app.pages.show("Why this suggestion", markdown, "beside");
  } catch (error) {
    void complain(reason(error));
  }
}
