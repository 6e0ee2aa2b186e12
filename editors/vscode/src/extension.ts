/** Puts the parts together, and takes them apart again. */

import * as vscode from "vscode";
import type { App } from "./app.ts";
import { chooseModel, pullModel } from "./commands/models.ts";
import { doctor, why } from "./commands/doctor.ts";
import { tryExample } from "./commands/example.ts";
import { install, offer } from "./commands/install.ts";
import { menu } from "./commands/menu.ts";
import { generateScript } from "./commands/script.ts";
import { explain, fix, translate } from "./commands/selection.ts";
import { restart, snooze, toggle, toggleLanguage } from "./commands/switches.ts";
import { disabledLanguages, isStreaming, SECTION } from "./configuration.ts";
import { thisMachine } from "./machine.ts";
import { warnOfNeighbours } from "./neighbours.ts";
import { Pages } from "./pages.ts";
import { complain, warn } from "./say.ts";
import { Server } from "./server.ts";
import { Snooze } from "./snooze.ts";
import { shown } from "./state.ts";
import { Status } from "./status.ts";
import { Streaming } from "./streaming.ts";

/** Settings that the server is started with: they take effect with a new one. */
const AT_START = ["server", "endpoint", "endpoint_model", "endpoint_key"].map((key) => `${SECTION}.${key}`);

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const app = assemble(context);
  server = app.server;
  const status = new Status();
  const refresh = (): void => status.show(app.shown());
  context.subscriptions.push(app.log, app.pages, app.server, app.snooze, status, streamingWhereWanted(app));
  register(app);
  context.subscriptions.push(
    app.server.onPhase(refresh),
    app.snooze.onChange(refresh),
    vscode.window.onDidChangeActiveTextEditor(refresh),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration(SECTION)) {
        refresh();
        const isNew = AT_START.some((key) => event.affectsConfiguration(key));
        await (isNew ? app.server.restart() : app.server.configure());
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(async () => {
      refresh();
      await app.server.configure();
    }),
  );
  speakOfTrouble(app);
  refresh();
  void app.server.restart();
  void warnOfNeighbours(context.globalState);
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

function assemble(context: vscode.ExtensionContext): App {
  const log = vscode.window.createOutputChannel("lsp-copilot", { log: true });
  const machine = thisMachine(context);
  const sleeping = new Snooze();
  const app: App = {
    context,
    machine,
    log,
    pages: new Pages(),
    snooze: sleeping,
    server: new Server(machine, log, {
      provideInlineCompletionItems: (document, position, asked, token, next) =>
        // Snoozed, or answered by the provider that streams.
        sleeping.isOn || isStreaming() ? null : next(document, position, asked, token),
    }),
    shown: () =>
      shown({
        phase: app.server.phase,
        language: vscode.window.activeTextEditor?.document.languageId ?? "",
        disabledLanguages: disabledLanguages(),
        snoozedUntil: sleeping.untilWhen,
        isTrusted: vscode.workspace.isTrusted,
      }),
  };
  return app;
}

function register(app: App): void {
  const commands: Readonly<Record<string, () => unknown>> = {
    menu: () => menu(app),
    toggle: () => toggle(app),
    toggleLanguage,
    snooze: () => snooze(app),
    restart: () => restart(app),
    install: () => install(app),
    showLog: () => app.log.show(),
    doctor: () => doctor(app),
    chooseModel: () => chooseModel(app),
    pullModel: () => pullModel(app),
    generateScript: () => generateScript(app),
    explain: () => explain(app),
    translate: () => translate(app),
    fix: () => fix(app),
    why: () => why(app),
    tryExample,
  };
  for (const [name, run] of Object.entries(commands)) {
    app.context.subscriptions.push(vscode.commands.registerCommand(`lsp-copilot.${name}`, run));
  }
}

/** The provider that streams, there while the setting says so. */
function streamingWhereWanted(app: App): vscode.Disposable {
  let streaming: Streaming | undefined;
  const follow = (): void => {
    if (isStreaming() && streaming === undefined) {
      streaming = new Streaming(app.server, app.context.extension.id, () => !app.snooze.isOn);
    } else if (!isStreaming()) {
      streaming?.dispose();
      streaming = undefined;
    }
  };
  follow();
  const listening = vscode.workspace.onDidChangeConfiguration(follow);
  return vscode.Disposable.from(listening, { dispose: () => streaming?.dispose() });
}

/** What the user has to hear: that a crash was survived, once; that it was not; that the server is missing. */
function speakOfTrouble(app: App): void {
  const log = "Show Log";
  let saidCrash = false;
  let said = "";
  app.context.subscriptions.push(
    app.server.onCrash(async (sentence) => {
      if (!saidCrash) {
        saidCrash = true;
        if ((await warn(sentence, log)) === log) {
          app.log.show();
        }
      }
    }),
    app.server.onPhase(async (phase) => {
      if (phase.name === "running") {
        said = "";
      } else if ((phase.name === "missing" || phase.name === "failed") && said !== phase.why) {
        said = phase.why;
        if (phase.name === "missing") {
          await offer(app);
          return;
        }
        const again = "Restart";
        const chosen = await complain(phase.why, again, log);
        if (chosen === log) {
          app.log.show();
        } else if (chosen === again) {
          await app.server.restart();
        }
      }
    }),
  );
}
