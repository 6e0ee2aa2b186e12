/** The program's own commands, run for the user: what they print is read, nothing is asked on a terminal. */

import { spawn } from "node:child_process";
import * as os from "node:os";
import * as readline from "node:readline";
import type * as vscode from "vscode";
import { environmentForServer } from "./configuration.ts";
import type { Program } from "./find.ts";

export interface Done {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run `lsp-copilot ARGUMENTS`. Being cancelled interrupts it as Ctrl+C would. Throws where it cannot be started. */
export function run(
  program: Program,
  words: readonly string[],
  token?: vscode.CancellationToken,
  onLine: (line: string) => void = () => {},
): Promise<Done> {
  return new Promise((resolve, reject) => {
    const child = spawn(program.command, [...program.prefix, ...words], {
      cwd: os.homedir(),
      env: { ...process.env, ...environmentForServer() },
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => (stdout += part));
    readline.createInterface({ input: child.stderr, terminal: false }).on("line", (line) => {
      stderr += `${line}\n`;
      onLine(line);
    });
    const cancelling = token?.onCancellationRequested(() => child.kill("SIGINT"));
    child.on("error", reject);
    child.on("close", (code) => {
      cancelling?.dispose();
      resolve({ code, stdout, stderr });
    });
  });
}
