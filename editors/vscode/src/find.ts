/**
 * Where the server's program is: named by the user, on the PATH, where installers put it, or as a package of a Python.
 *
 * Never from the folder that is open: relative entries of the PATH are left out, and Python gets `-P`, without which it
 * would import modules of the current folder.
 */

import * as path from "node:path";

/** A program and the arguments that come before its own. */
export interface Program {
  readonly command: string;
  readonly prefix: readonly string[];
  /** Where it was found, for the log and the tooltip. */
  readonly from: string;
}

/** What looking needs of the machine. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly path: string;
  readonly home: string;
  /** The folder of the extension's own installation. */
  readonly own: string;
  readonly isProgram: (file: string) => boolean;
  /** Whether a Python interpreter has the package. */
  readonly hasPackage: (python: string) => Promise<boolean>;
}

export interface Wanted {
  /** What the user names in the settings. */
  readonly named: readonly string[] | undefined;
  /** The interpreter chosen in the editor; undefined where there is none or the folder is not trusted. */
  readonly interpreter: string | undefined;
}

const NAME = "lsp-copilot";

/** The program, or undefined: it is not on this machine. Throws with a sentence where the one named is not there. */
export async function program(wanted: Wanted, machine: Machine): Promise<Program | undefined> {
  const [named, ...prefix] = wanted.named ?? [];
  if (named !== undefined) {
    const found = path.isAbsolute(named) ? named : onPath(named, machine);
    if (found === undefined || !machine.isProgram(found)) {
      throw new Error(`The setting lsp-copilot.server names ${named}, which is no program on this machine.`);
    }
    return { command: found, prefix, from: "the setting lsp-copilot.server" };
  }
  const there = onPath(NAME, machine);
  if (there !== undefined) {
    return { command: there, prefix: [], from: "the PATH" };
  }
  for (const folder of [bin(machine.own, machine), path.join(machine.home, ".local", "bin")]) {
    const found = inFolder(folder, NAME, machine);
    if (found !== undefined) {
      return { command: found, prefix: [], from: folder };
    }
  }
  const interpreters = [wanted.interpreter, onPath("python3", machine), onPath("python", machine)];
  for (const python of new Set(interpreters.filter((each) => each !== undefined))) {
    if (await machine.hasPackage(python)) {
      return { command: python, prefix: ["-P", "-m", "lsp_server"], from: "a Python that has the package" };
    }
  }
  return undefined;
}

/** The program of this name in the absolute folders of the PATH. */
export function onPath(name: string, machine: Machine): string | undefined {
  const delimiter = machine.platform === "win32" ? ";" : ":";
  for (const folder of machine.path.split(delimiter)) {
    if (path.isAbsolute(folder)) {
      const found = inFolder(folder, name, machine);
      if (found !== undefined) {
        return found;
      }
    }
  }
  return undefined;
}

/** The commands that would install the server, the first that this machine can run; undefined without a Python. */
export function installation(machine: Machine): string | undefined {
  if (onPath("uv", machine) !== undefined) {
    return `uv tool install ${NAME}`;
  }
  if (onPath("pipx", machine) !== undefined) {
    return `pipx install ${NAME}`;
  }
  const python = onPath("python3", machine) ?? onPath("python", machine);
  if (python === undefined) {
    return undefined;
  }
  const pip = path.join(bin(machine.own, machine), "pip");
  return machine.platform === "win32"
    ? `& "${python}" -m venv "${machine.own}"; if ($?) { & "${pip}" install ${NAME} }`
    : `${quoted(python)} -m venv ${quoted(machine.own)} && ${quoted(pip)} install ${NAME}`;
}

function inFolder(folder: string, name: string, machine: Machine): string | undefined {
  const endings = machine.platform === "win32" ? [".exe"] : [""];
  return endings.map((ending) => path.join(folder, name + ending)).find(machine.isProgram);
}

function bin(environment: string, machine: Machine): string {
  return path.join(environment, machine.platform === "win32" ? "Scripts" : "bin");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
