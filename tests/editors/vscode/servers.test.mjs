/** For a person without our program: a server of another kind whose text grows, one that is not there, none at all. */

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { start, until } from "./codeserver.mjs";
import { open } from "./window.mjs";

const GROWING = fileURLToPath(new URL("growing_server.mjs", import.meta.url));

const ALLOWED = path.join(process.env.WORK, "allowed");

let code;
before(async () => {
  fs.writeFileSync(ALLOWED, "0");
  code = await start("servers", { "lsp-copilot.server": [process.execPath, GROWING, ALLOWED], "lsp-copilot.streaming": true });
});
after(() => code?.stop());

test("grey text grows without a gap where that is wanted; then the server goes missing", async (t) => {
  const window = await open(code, "growing", { "a.txt": "x\n" });
  t.after(() => window.close());
  await window.statusIs("ready");
  await window.cursorAtEnd(1);
  const seen = window.page.evaluate(
    () =>
      new Promise((resolve) => {
        const texts = [];
        const look = () => {
          const pieces = [...document.querySelectorAll(".monaco-editor [class*=ghost-text-decoration]")];
          const text = pieces.map((each) => each.textContent).join("").replace(/\u00a0/g, " ");
          if (texts.at(-1) !== text) {
            texts.push(text);
          }
          if (text.endsWith("five")) {
            resolve(texts);
          } else {
            requestAnimationFrame(look);
          }
        };
        look();
      }),
  );
  await window.type(" ");
  const words = ["one", "two", "three", "four", "five"];
  const steps = words.map((_, at) => words.slice(0, at + 1).join(" "));
  for (const [at, step] of steps.entries()) {
    fs.writeFileSync(ALLOWED, String(at + 1));
    await until(async () => (await window.ghost()) === step, `the grey text ${step}`);
  }
  await window.screenshot("growing");
  // Every frame was looked at: there is none without it.
  assert.deepEqual(await seen, ["", ...steps]);
  await window.press("Tab");
  await window.ghostGone();
  await window.saved("x one two three four five\n");

  code.write("Machine", { "lsp-copilot.server": ["/nowhere/lsp-copilot"] });
  await window.statusIs("error");
  await window.said("names /nowhere/lsp-copilot, which is no program on this machine");

  code.write("Machine", {});
  await window.said("The server is not on this machine yet.");
  await window.screenshot("missing");
  await window.command("lsp-copilot: Install Server…");
  const dialog = window.page.locator(".monaco-dialog-box");
  await until(async () => /install lsp-copilot/.test(await dialog.innerText()), "the command that installs it");
  await window.page.waitForTimeout(500);
  await window.screenshot("install");
  await window.press("Escape");
  await until(async () => (await dialog.count()) === 0, "the end of the question");
});
