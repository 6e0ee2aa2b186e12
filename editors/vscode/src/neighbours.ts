/** Says once that another extension shows grey text too. */

import * as vscode from "vscode";
import { rivalsAmong } from "./rivals.ts";
import { warn } from "./say.ts";

const KEY = "neighbours.said";
const NEVER = "Don't Show Again";
const SHOW = "Show Extensions";

export async function warnOfNeighbours(memory: vscode.Memento): Promise<void> {
  const said = memory.get<readonly string[]>(KEY, []);
  const found = rivalsAmong(vscode.extensions.all.map((each) => each.id)).filter((name) => !said.includes(name));
  if (found.length === 0) {
    return;
  }
  const names = found.join(", ");
  const chosen = await warn(`${names} may show grey text too. The editor shows one suggestion at a time: switch one of them off.`, SHOW, NEVER);
  if (chosen === NEVER) {
    await memory.update(KEY, [...said, ...found]);
  } else if (chosen === SHOW) {
    await vscode.commands.executeCommand("workbench.extensions.search", "@enabled");
  }
}
