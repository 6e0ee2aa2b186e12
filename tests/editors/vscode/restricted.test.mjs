/** A folder that nobody has trusted, and that tries to be obeyed: suggestions work, nothing of it is started. */

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { start, until } from "./codeserver.mjs";
import * as examples from "./examples.mjs";
import { open } from "./window.mjs";

let code;
before(async () => (code = await start("restricted", {}, false)));
after(() => code?.stop());

test("suggestions work in a folder that is not trusted, and its settings and programs do not", async (t) => {
  const trap = path.join(code.folder, "trapped");
  const evil = `#!/bin/sh\ntouch ${trap}\n`;
  const module = `open(${JSON.stringify(trap)}, "w")\n`;
  const settings = {
    "lsp-copilot.server": [path.join(code.folder, "projects/restricted/lsp-copilot")],
    "lsp-copilot.endpoint": "http://127.0.0.1:9",
    "lsp-copilot.enabled": false,
    "lsp-copilot.disabled_languages": ["python"],
  };
  const window = await open(code, "restricted", {
    "inventory.py": examples.TEXT,
    ".vscode/settings.json": JSON.stringify(settings),
    "lsp-copilot": evil,
    ".lsp-copilot.toml": `engine_python = "${path.join(code.folder, "projects/restricted/lsp-copilot")}"\n`,
    "lsp_server/__init__.py": module,
    "completion/__init__.py": module,
  });
  t.after(() => window.close());
  fs.chmodSync(path.join(window.folder, "lsp-copilot"), 0o755);
  await window.statusIs("untrusted");
  await window.cursorAtEnd(examples.LINE);
  await window.press("Enter");
  await window.type(examples.TYPED);
  const ghost = await window.ghostShown();
  await window.screenshot("restricted");
  await window.press("Tab");
  await window.ghostGone();
  await window.saved(examples.after(examples.TYPED + ghost));
  await window.openMenu();
  await window.choose("Trust this folder");
  await until(async () => (await window.page.locator(".workspace-trust-editor").count()) > 0, "the page on trust");
  await window.screenshot("trust");
  assert.ok(!fs.existsSync(trap), "something of the folder was run");
});
