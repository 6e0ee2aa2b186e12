/** This machine, for whoever looks for programs on it. */

import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import type { Machine } from "./find.ts";

const PATIENCE_MS = 10_000;
const LOOK = "import importlib.util as u; raise SystemExit(not (u.find_spec('lsp_server') and u.find_spec('completion')))";

export function thisMachine(context: vscode.ExtensionContext): Machine {
  return {
    platform: process.platform,
    path: process.env["PATH"] ?? process.env["Path"] ?? "",
    home: os.homedir(),
    own: path.join(context.globalStorageUri.fsPath, "server"),
    isProgram,
    hasPackage,
  };
}

/** The interpreter that the user has chosen in the Python extension, where the folder is trusted: it may lie in it. */
export async function chosenInterpreter(): Promise<string | undefined> {
  const python = vscode.extensions.getExtension("ms-python.python");
  if (!vscode.workspace.isTrusted || python === undefined) {
    return undefined;
  }
  try {
    const exports = (await python.activate()) as PythonExtension;
    const found = exports.environments.getActiveEnvironmentPath(vscode.workspace.workspaceFolders?.[0]?.uri);
    return path.isAbsolute(found.path) && isProgram(found.path) ? found.path : undefined;
  } catch {
    // Another version of that extension: there are more places to look.
    return undefined;
  }
}

interface PythonExtension {
  readonly environments: { getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string } };
}

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function hasPackage(python: string): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { cwd: os.homedir(), stdio: "ignore", timeout: PATIENCE_MS, windowsHide: true } as const;
    const child = spawn(python, ["-P", "-c", LOOK], options);
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
  });
}
