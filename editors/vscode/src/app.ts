/** What the commands share. */

import type * as vscode from "vscode";
import type { Machine } from "./find.ts";
import type { Pages } from "./pages.ts";
import type { Server } from "./server.ts";
import type { Snooze } from "./snooze.ts";
import type { Shown } from "./state.ts";

export interface App {
  readonly context: vscode.ExtensionContext;
  readonly machine: Machine;
  readonly log: vscode.LogOutputChannel;
  readonly pages: Pages;
  readonly server: Server;
  readonly snooze: Snooze;
  /** What the status item shows now. */
  readonly shown: () => Shown;
}
