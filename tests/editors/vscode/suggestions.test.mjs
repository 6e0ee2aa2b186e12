/** Suggestions in a folder that is trusted: the first minute, and every day after. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start, until } from "./codeserver.mjs";
import * as examples from "./examples.mjs";
import { serverOf } from "./processes.mjs";
import { open } from "./window.mjs";

let code;
before(async () => (code = await start("suggestions")));
after(() => code?.stop());

test("grey text appears while typing; a word of it is taken, then all of it; the file is saved", async (t) => {
  const window = await opened(t, "suggestion");
  const ghost = await suggested(window);
  await window.screenshot("suggestion");
  await window.press("Control+ArrowRight");
  const rest = await until(async () => {
    const now = await window.ghost();
    return now !== "" && now !== ghost && ghost.endsWith(now) && now;
  }, "a shorter grey text");
  await window.screenshot("word");
  const taken = ghost.slice(0, ghost.length - rest.length);
  assert.ok(taken.length > 0 && taken.length < ghost.length);
  await window.saved(examples.after(examples.TYPED + taken));

  await window.press("Tab");
  await window.ghostGone();
  await window.saved(examples.after(examples.TYPED + ghost));
  assert.deepEqual(await window.messages(), []);
});

test("the menu switches suggestions off and on, for all, for a language, for a while", async (t) => {
  const window = await opened(t, "switches");
  await suggested(window);
  await window.openMenu();
  await window.listed("Switch suggestions off");
  await window.screenshot("menu");
  await window.choose("Switch suggestions off");
  await window.statusIs("off");
  await window.command("lsp-copilot: Switch Suggestions On or Off");
  await window.statusIs("ready");

  await window.openMenu();
  await window.choose("Switch off for python");
  await window.statusIs("off");
  assert.match(await window.status(), /switched off for python/);
  await window.openMenu();
  await window.choose("Switch on for python");
  await window.statusIs("ready");

  await window.openMenu();
  await window.choose("Snooze");
  await window.choose("15 minutes");
  await window.statusIs("off");
  assert.match(await window.status(), /Snoozed until \d/);
  await window.ghostGone();
  await window.cursorAtEnd(examples.LINE);
  await window.press("Enter");
  await window.type(examples.TYPED);
  await window.press("Alt+Backslash");
  await window.screenshot("snoozed");
  assert.equal(await window.ghost(), "");
  await window.command("lsp-copilot: Snooze");
  await window.choose("Suggestions again now");
  await window.statusIs("ready");
  await window.press("Backspace");
  await window.type(" ");
  await window.ghostShown();
});

test("the doctor, the reason of a suggestion and the walkthrough are pages", async (t) => {
  const window = await opened(t, "pages");
  await suggested(window);
  await window.command("lsp-copilot: Why This Suggestion?");
  await window.pageShows("A suggestion was shown");
  await window.screenshot("why");
  await window.command("lsp-copilot: Run Doctor");
  await window.pageShows("It works.");
  await window.screenshot("doctor");
  await window.command("Welcome: Open Walkthrough...");
  await window.choose("Start with lsp-copilot");
  await until(async () => (await window.page.locator(".getting-started-step").count()) === 4, "four steps");
  await window.screenshot("walkthrough");
  await window.command("lsp-copilot: Choose Model…");
  await window.listed("embedded");
  await window.screenshot("models");
  await window.choose("qwen2.5-coder-0.5b");
  // Size and licence are told before anything is fetched; nothing is without a yes.
  const dialog = window.page.locator(".monaco-dialog-box");
  await until(async () => /licence\s+Apache-2.0/.test(await dialog.innerText()), "the licence");
  await window.screenshot("licence");
  await window.press("Escape");
  await until(async () => (await dialog.count()) === 0, "the end of the question");
});

test("a server that is killed comes back, and that is said once", async (t) => {
  const window = await opened(t, "crash");
  const first = await suggested(window);
  await window.press("Escape");
  const killed = serverOf(code.pid);
  process.kill(killed, "SIGKILL");
  await window.said("ended unexpectedly (SIGKILL)");
  await window.screenshot("crash");
  await window.statusIs("ready");
  const next = await until(() => serverOf(code.pid) !== killed && serverOf(code.pid), "another server");
  await window.press("Alt+Backslash");
  assert.equal(await window.ghostShown(), first);
  process.kill(next, "SIGKILL");
  await until(() => serverOf(code.pid) !== next, "a third server");
  await window.statusIs("ready");
  const said = (await window.messages()).filter((text) => text.includes("ended unexpectedly"));
  assert.ok(said.length <= 1, said.join("\n"));
});

/** A window with an example file, the cursor in a new line of it. */
async function opened(t, name) {
  const window = await open(code, name, { "inventory.py": examples.TEXT });
  t.after(async () => {
    await window.screenshot(`${name}-end`);
    await window.close();
  });
  await window.statusIs("ready");
  await window.cursorAtEnd(examples.LINE);
  await window.press("Enter");
  return window;
}

async function suggested(window) {
  await window.type(examples.TYPED);
  const ghost = await window.ghostShown();
  assert.ok(ghost.length >= 8, `the model has too little to say: ${ghost}`);
  return ghost;
}
