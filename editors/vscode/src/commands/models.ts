/** Models: which one answers, and how one comes to this machine. Nothing is fetched before the user has agreed. */

import * as vscode from "vscode";
import type { App } from "../app.ts";
import { choices, type Choice, type Model } from "../catalogue.ts";
import { run } from "../command_line.ts";
import { isWritten, write } from "../configuration.ts";
import type { Program } from "../find.ts";
import { lastSentence, pace, percentage } from "../lines.ts";
import { complain, tell } from "../say.ts";
import { install } from "./install.ts";

const FETCH = "Accept the Licence and Fetch";

export async function chooseModel(app: App): Promise<void> {
  const program = await programOf(app);
  const models = program && (await listed(program));
  if (program === undefined || models === undefined) {
    return;
  }
  const automatic = { label: "$(wand) auto", description: "the best that answers in time on this machine", detail: "", model: undefined };
  const items = [automatic, ...choices(models, "any")];
  const chosen = await pick(items, "lsp-copilot: the model for suggestions, or for scripts");
  if (chosen === undefined) {
    return;
  }
  const { model } = chosen;
  if (model !== undefined && !model.installed && !model.in_use && !(await fetched(program, model))) {
    return;
  }
  await use(app, program, model);
}

export async function pullModel(app: App): Promise<void> {
  const program = await programOf(app);
  const models = program && (await listed(program));
  if (program === undefined || models === undefined) {
    return;
  }
  const chosen = await pick(choices(models, "fetchable"), "lsp-copilot: the model to fetch");
  if (chosen !== undefined && (await fetched(program, chosen.model))) {
    const button = `Use ${chosen.model.name}`;
    if ((await tell(`${chosen.model.title} is here.`, button)) === button) {
      await use(app, program, chosen.model);
    }
  }
}

async function programOf(app: App): Promise<Program | undefined> {
  if (app.server.program === undefined) {
    await install(app);
  }
  return app.server.program;
}

function pick<T extends Choice | (Omit<Choice, "model"> & { model: undefined })>(items: readonly T[], title: string): Thenable<T | undefined> {
  return vscode.window.showQuickPick(items, { title, matchOnDescription: true, matchOnDetail: true });
}

async function listed(program: Program): Promise<readonly Model[] | undefined> {
  const title = "lsp-copilot: looking which models this machine can run";
  const done = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () =>
    run(program, ["models", "list", "--all", "--json"]),
  );
  try {
    return (JSON.parse(done.stdout) as { models: Model[] }).models;
  } catch {
    void complain(lastSentence(done.stderr) || "The list of models could not be read.");
    return undefined;
  }
}

/** Ask, showing what the program says of size, licence and source, then fetch. Whether it is here now. */
async function fetched(program: Program, model: Model): Promise<boolean> {
  // Without --yes and without a terminal it says what it would fetch, and does not.
  const terms = await run(program, ["models", "pull", model.name]);
  const detail = terms.stdout.trim();
  if (detail === "") {
    void complain(lastSentence(terms.stderr) || `${model.name} cannot be fetched.`);
    return false;
  }
  const question = `Fetch ${model.title}?`;
  if ((await vscode.window.showInformationMessage(question, { modal: true, detail }, FETCH)) !== FETCH) {
    return false;
  }
  const title = `lsp-copilot: fetching ${model.name}`;
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      let before = 0;
      const done = await run(program, ["models", "pull", model.name, "--yes"], token, (line) => {
        const now = percentage(line);
        if (now !== undefined) {
          progress.report({ increment: Math.max(0, now - before), message: pace(line) });
          before = Math.max(before, now);
        }
      });
      if (done.code !== 0) {
        void (token.isCancellationRequested ? tell : complain)(lastSentence(done.stderr));
      }
      return done.code === 0;
    },
  );
}

/** Write the choice into the user's config.toml, where every editor and the command line find it. */
async function use(app: App, program: Program, model: Model | undefined): Promise<void> {
  const done = await run(program, ["models", "use", model?.name ?? "auto"]);
  if (done.code !== 0) {
    void complain(lastSentence(done.stderr));
    return;
  }
  const key = model !== undefined && !model.roles.includes("completion") ? "script_model" : "model";
  if (isWritten(key)) {
    // A value of the editor would win over the choice.
    await write(key, undefined);
  }
  await app.server.restart();
}
