/** Scripts: written into a new document, checked there, translated and fixed. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start, until } from "./codeserver.mjs";
import { open } from "./window.mjs";

let code;
before(async () => (code = await start("scripts")));
after(() => code?.stop());

test("a script is written into a new document as one step of undo, and its findings are marked", async (t) => {
  const window = await opened(t, "script", { "notes.txt": "notes\n" });
  await window.command("lsp-copilot: Generate Script…");
  await window.listed("Dockerfile");
  await window.screenshot("script-kinds");
  await window.choose("Kubernetes");
  await window.answer("a deployment of nginx with three replicas");
  // What the model writes is its own affair; that it was checked is ours.
  assert.match(await window.said("alid ("), /alid \(kubernetes/);
  const written = await window.text();
  await window.screenshot("script");
  assert.match(written, /^apiVersion: /);
  await window.page.locator(".editor-group-container.active .monaco-editor .view-lines").first().click();
  await window.press("Control+z");
  await until(async () => (await window.text()) === "", "an empty document after one undo");
  await window.press("Control+y");
  await until(async () => (await window.text()) === written, "the script again after one redo");
});

test("a selection is translated by an edit of the server, and what is wrong with one is marked", async (t) => {
  const window = await opened(t, "selection", { "query.sql": "SELECT name FROM users LIMIT 5;\n" });
  await window.cursorAtEnd(1);
  await window.press("Control+a");
  await window.command("lsp-copilot: Translate Selection…");
  await window.choose("SQL Server");
  await until(async () => (await window.text()).includes("TOP 5"), "T-SQL");
  await window.screenshot("translated");

  await window.press("Control+a");
  const wrong = "SELECT name FROM WHERE;";
  await window.type(wrong);
  await window.press("Control+a");
  await window.command("lsp-copilot: Fix Selection");
  await until(() => window.page.locator(".squiggly-error").count(), "a mark below the error");
  await window.listed("Fix: ");
  await window.screenshot("findings");
  await window.choose("Fix: ");
  // The model that is built in may not find one: that is told, and the text stays.
  const isTold = async () => (await window.messages()).some((text) => text.includes("No fix was found"));
  await until(async () => (await window.text()) !== wrong || (await isTold()), "a fix, or a word that there is none");
  await window.screenshot("fixed");
});

async function opened(t, name, files) {
  const window = await open(code, name, files);
  t.after(async () => {
    await window.screenshot(`${name}-end`);
    await window.close();
  });
  await window.statusIs("ready");
  return window;
}
