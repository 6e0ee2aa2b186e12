/**
 * VS Code in its browser build, with folders of its own and the extension installed, and a headless Chromium.
 *
 * From the environment: TREE (what install_vscode.sh made), VSIX (the extension), WORK (an empty folder for everything
 * that is written), SHOTS (a folder for screenshots, or ""). HOME and the rest are those of the person who is played.
 */

import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";

const { TREE, VSIX, WORK, SHOTS } = process.env;
const { chromium } = createRequire(path.join(TREE, "tools", "node_modules") + "/")("playwright-core");
const ENTRY = path.join(TREE, "cs/node_modules/code-server/out/node/entry.js");

export const PATIENCE = 60_000;

/** Settings without which a test would see what is not ours: popups, pages, the network. */
const QUIET = {
  "chat.disableAIFeatures": true,
  "editor.accessibilitySupport": "off",
  "editor.inlineSuggest.enabled": true,
  "editor.quickSuggestions": { other: "off", comments: "off", strings: "off" },
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "files.autoSave": "off",
  "security.workspace.trust.startupPrompt": "never",
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "window.commandCenter": false,
  "workbench.enableExperiments": false,
  "workbench.reduceMotion": "on",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
};

/** Start both. `settings` are those of the machine; `isTrusting` says that every folder is trusted, as without the feature. */
export async function start(name, settings = {}, isTrusting = true) {
  const folder = path.join(WORK, name);
  // Settings that belong to a machine are read from another file, as on every remote machine.
  const write = (scope, values) => {
    const file = path.join(folder, "user", scope, "settings.json");
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, JSON.stringify(values));
  };
  write("User", { ...QUIET, "security.workspace.trust.enabled": !isTrusting });
  write("Machine", settings);
  fs.writeFileSync(path.join(folder, "none.yaml"), "");
  const own = ["--user-data-dir", `${folder}/user`, "--extensions-dir", `${folder}/extensions`, "--config", `${folder}/none.yaml`];
  // What belongs to a window that is closed ends soon, not after hours.
  const environment = { ...process.env, CODE_SERVER_RECONNECTION_GRACE_TIME: "2" };
  for (const key of ["NODE_ENV", "NODE_OPTIONS", "NODE_TEST_CONTEXT", "PORT", "TREE", "VSIX", "WORK", "SHOTS"]) {
    delete environment[key];
  }
  const installed = execFileSync(process.execPath, [ENTRY, ...own, "--install-extension", VSIX], { env: environment, encoding: "utf8" });
  if (!installed.includes("was successfully installed")) {
    throw new Error(`the extension was not installed: ${installed}`);
  }
  const port = await freePort();
  const flags = ["--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"];
  if (isTrusting) {
    flags.push("--disable-workspace-trust");
  }
  const log = fs.openSync(path.join(folder, "code-server.log"), "w");
  const server = spawn(process.execPath, [ENTRY, ...own, "--bind-addr", `127.0.0.1:${port}`, ...flags], {
    env: environment,
    stdio: ["ignore", log, log],
  });
  await until(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok, "code-server");
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    headless: true,
    chromiumSandbox: false,
    args: [
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-dev-shm-usage",
      "--disable-gpu",
      "--disable-quic",
      "--disable-sync",
      "--no-first-run",
    ],
  });
  const stop = async () => {
    await browser.close();
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await ended;
  };
  return { port, browser, folder, write, stop, pid: server.pid };
}

/** Wait until something is true; an exception counts as not yet. */
export async function until(condition, what, patience = PATIENCE) {
  const end = Date.now() + patience;
  let last;
  while (Date.now() < end) {
    try {
      const value = await condition();
      if (value) {
        return value;
      }
      last = value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited in vain for ${what}; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`);
}

export function screenshot(page, name) {
  return SHOTS ? page.screenshot({ path: path.join(SHOTS, `${name}.png`), animations: "disabled" }) : undefined;
}

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
