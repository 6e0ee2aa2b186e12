import assert from "node:assert/strict";
import { test } from "node:test";
import { isView, shown, type Facts, type View } from "../src/state.ts";

function facts(view: Partial<View> = {}, more: Partial<Facts> = {}): Facts {
  const whole: View = { kind: "normal", message: "Ready.", model: "embedded", progress: null, ...view };
  return { phase: { name: "running", view: whole }, language: "go", disabledLanguages: [], snoozedUntil: "", isTrusted: true, ...more };
}

const CASES: readonly [string, Facts, string, string][] = [
  ["ready", facts(), "ready", "lsp-copilot"],
  ["loading with its progress", facts({ kind: "loading", progress: 0.417 }), "loading", "lsp-copilot 42 %"],
  ["loading without", facts({ kind: "loading" }), "loading", "lsp-copilot"],
  ["busy", facts({ kind: "busy" }), "busy", "lsp-copilot"],
  ["degraded", facts({ kind: "warning", message: "Slow." }), "degraded", "lsp-copilot"],
  ["an error of the engine", facts({ kind: "error" }), "error", "lsp-copilot"],
  ["off for all", facts({ kind: "off" }), "off", "lsp-copilot"],
  ["off for this language", facts({}, { disabledLanguages: ["go"] }), "off", "lsp-copilot"],
  ["on for other languages", facts({}, { disabledLanguages: ["sql"] }), "ready", "lsp-copilot"],
  ["snoozed, also while loading", facts({ kind: "loading" }, { snoozedUntil: "14:05" }), "off", "lsp-copilot"],
  ["not trusted", facts({}, { isTrusted: false }), "untrusted", "lsp-copilot"],
  ["an error before a missing trust", facts({ kind: "error" }, { isTrusted: false }), "error", "lsp-copilot"],
  ["starting", facts({}, { phase: { name: "starting" } }), "loading", "lsp-copilot"],
  ["running, nothing heard yet", facts({}, { phase: { name: "running", view: undefined } }), "loading", "lsp-copilot"],
  ["started again", facts({}, { phase: { name: "restarting", why: "It died." } }), "degraded", "lsp-copilot"],
  ["missing", facts({}, { phase: { name: "missing", why: "Not here." }, snoozedUntil: "14:05" }), "error", "lsp-copilot"],
];

for (const [title, given, name, text] of CASES) {
  test(`the status item: ${title}`, () => {
    const result = shown(given);
    assert.deepEqual([result.name, result.text], [name, text]);
    assert.ok(result.message.endsWith("."), result.message);
  });
}

test("the message says which language is switched off, and until when it is snoozed", () => {
  assert.match(shown(facts({}, { disabledLanguages: ["go"] })).message, /for go\.$/);
  assert.match(shown(facts({}, { snoozedUntil: "14:05" })).message, /14:05/);
});

test("a status of another server version is left alone", () => {
  assert.ok(isView({ kind: "busy", message: "", model: "", progress: null }));
  for (const strange of [null, 1, {}, { kind: "new", message: "", model: "" }, { kind: "busy", message: 1, model: "" }]) {
    assert.ok(!isView(strange));
  }
});
