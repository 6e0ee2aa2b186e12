import assert from "node:assert/strict";
import { test } from "node:test";
import { choices, type Model } from "../src/catalogue.ts";
import { targets, wholeLines } from "../src/kinds.ts";
import { lastSentence, level, pace, percentage } from "../src/lines.ts";
import { doctorPage, text } from "../src/markdown.ts";
import { rivalsAmong } from "../src/rivals.ts";

const LINE = "qwen.gguf  [#######.............]  38 %  626.5 of 1646.6 MB  12.3 MB/s  1 min 23 s left";

test("the progress of a download is read from the program's lines", () => {
  assert.equal(percentage(LINE), 38);
  assert.equal(pace(LINE), "qwen.gguf · 626.5 of 1646.6 MB · 12.3 MB/s · 1 min 23 s left");
  assert.equal(percentage("checking the SHA-256"), undefined);
  assert.equal(percentage("a  [####################] 100 %  1.0 of 1.0 MB"), 100);
});

test("lines of the server's log keep their level, and what goes on with one has its level", () => {
  const line = (name: string): string => `2026-11-24 12:00:00,000 ${name.padEnd(7)} lsp_server.server: it says ERROR`;
  assert.deepEqual(["DEBUG", "INFO", "WARNING", "ERROR"].map((name) => level(line(name), "info")), ["debug", "info", "warn", "error"]);
  assert.equal(level("  File x.py, line 1", "error"), "error");
});

test("the program's last sentence is told without its name", () => {
  assert.equal(lastSentence("some\nlsp-copilot: The model is not there.\n\n"), "The model is not there.");
  assert.equal(lastSentence(""), "");
});

test("the doctor's page shows every stage, advice only where it is needed, and no markup of what was found", () => {
  const page = doctorPage(
    {
      ok: false,
      failed: "engine",
      checks: [
        { stage: "python", verdict: "ok", found: "3.12 at /a|b", advice: "never shown" },
        { stage: "engine", verdict: "failed", found: "<b>gone</b>\nfor good", advice: "Install it." },
      ],
      settings: { model: { value: "auto", from: "default" }, max_lines: { value: 3, from: "editor" } },
    },
    "/bin/lsp-copilot",
  );
  assert.match(page, /\| ✓ \| python \| 3\.12 at \/a\\\|b \|/);
  assert.match(page, /\| ✗ \| engine \| \\<b\\>gone\\<\/b\\> for good<br>→ Install it\. \|/);
  assert.match(page, /`max\\?_lines`/);
  assert.ok(!page.includes("never shown") && !page.includes("`model`"));
  assert.equal(text("[a](command:x)"), "\\[a\\](command:x)");
});

test("models that are here come first; those that nobody publishes cannot be fetched", () => {
  const model = (name: string, more: Partial<Model>): Model => ({
    name, title: name, roles: ["completion"], quantization: "Q8_0", size: 1e9, size_is_exact: false, memory: null, time_ms: 42.2,
    verdict: "fits", reason: "", licence: "MIT", in_use: false, chosen: [], installed: false, fetchable: true, state: "fits", ...more,
  });
  const models = [model("a", {}), model("b", { installed: true }), model("c", { fetchable: false }), model("d", { in_use: true, fetchable: false })];
  assert.deepEqual(choices(models, "any").map((each) => each.model.name), ["b", "d", "a"]);
  assert.deepEqual(choices(models, "fetchable").map((each) => each.model.name), ["a"]);
  assert.equal(choices(models, "fetchable")[0]?.detail, "Q8_0 about 1.00 GB · 42 ms to the first line · MIT");
});

test("other extensions with grey text are named", () => {
  assert.deepEqual(rivalsAmong(["GitHub.copilot", "ms-python.python", "TabNine.tabnine-vscode"]), ["GitHub Copilot", "Tabnine"]);
});

test("a selection is taken by whole lines, and each language has its targets", () => {
  assert.deepEqual(wholeLines({ line: 2 }, { line: 4, character: 0 }), { first: 2, last: 3 });
  assert.deepEqual(wholeLines({ line: 2 }, { line: 2, character: 0 }), { first: 2, last: 2 });
  assert.ok(targets("sql").some((target) => target.name === "postgres"));
  assert.equal(targets("shellscript")[0]?.name, "python");
});
