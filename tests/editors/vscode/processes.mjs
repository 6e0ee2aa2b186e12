/** Processes below another one, as /proc tells them. */

import fs from "node:fs";

/** The process id of the newest language server below a process. */
export function serverOf(root) {
  const found = below(root).filter((each) => each.words.includes("--stdio") && /lsp[-_](copilot|server)/.test(each.words.join(" ")));
  if (found.length === 0) {
    throw new Error("no server runs");
  }
  return found.sort((one, other) => one.started - other.started).at(-1).pid;
}

function below(root) {
  const all = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap(look);
  const known = new Set([root]);
  for (let size = 0; size !== known.size; ) {
    size = known.size;
    for (const each of all) {
      if (known.has(each.parent)) {
        known.add(each.pid);
      }
    }
  }
  return all.filter((each) => known.has(each.pid));
}

function look(pid) {
  try {
    // The name in brackets may hold anything; what follows it does not.
    const fields = fs.readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
    const words = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return fields[0] === "Z" ? [] : [{ pid: Number(pid), parent: Number(fields[1]), started: Number(fields[19]), words }];
  } catch {
    return [];
  }
}
