/** On and off: all suggestions, those of a language, for a while; and the server anew. */

import * as vscode from "vscode";
import type { App } from "../app.ts";
import { disabledLanguages, isEnabled, write } from "../configuration.ts";
import { warn } from "../say.ts";
import { switchedLanguage } from "../settings.ts";
import { MINUTES } from "../snooze.ts";

export async function toggle(app: App): Promise<void> {
  // Who asks for suggestions wants them now.
  app.snooze.end();
  await write("enabled", !isEnabled());
}

export async function toggleLanguage(): Promise<void> {
  const language = vscode.window.activeTextEditor?.document.languageId;
  if (language === undefined) {
    void warn("Open a document of the language first.");
    return;
  }
  await write("disabled_languages", switchedLanguage(disabledLanguages(), language));
}

export async function snooze(app: App): Promise<void> {
  const ends = { label: "$(bell) Suggestions again now", minutes: 0 };
  const times = MINUTES.map((minutes) => ({ label: `$(bell-slash) ${minutes} minutes`, minutes }));
  const items = app.snooze.isOn ? [ends, ...times] : times;
  const chosen = await vscode.window.showQuickPick(items, { title: "lsp-copilot: no suggestions for" });
  if (chosen === undefined) {
    return;
  }
  if (chosen.minutes === 0) {
    app.snooze.end();
  } else {
    app.snooze.begin(chosen.minutes);
  }
}

export function restart(app: App): Promise<void> {
  return app.server.restart();
}
