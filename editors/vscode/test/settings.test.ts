import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { environment, forServer, HARMLESS, namedServer, PROTECTED, switchedLanguage, type Inspected } from "../src/settings.ts";

const MANIFEST = JSON.parse(fs.readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const PROPERTIES: Record<string, { scope?: string; description?: string; markdownDescription?: string }> =
  MANIFEST.contributes.configuration.properties;

function settings(values: Record<string, Inspected>): (key: string) => Inspected | undefined {
  return (key) => values[key];
}

test("only what somebody has written is sent, the narrowest first", () => {
  const inspect = settings({
    max_lines: { globalValue: 5, workspaceValue: 3, workspaceFolderValue: 2 },
    latency_ms: { globalValue: 300 },
    debounce_ms: {},
    enabled: { workspaceValue: false },
    endpoint: { globalValue: "http://localhost:8000" },
  });
  assert.deepEqual(forServer(inspect, true), { enabled: false, latency_ms: 300, max_lines: 2 });
});

test("a folder that is not trusted sets nothing", () => {
  const inspect = settings({ max_lines: { globalValue: 5, workspaceValue: 3 }, enabled: { workspaceFolderValue: false } });
  assert.deepEqual(forServer(inspect, false), { max_lines: 5 });
});

test("what only the user may set goes by the environment and never comes from a workspace", () => {
  const inspect = settings({
    endpoint: { globalValue: "http://localhost:8000", workspaceValue: "http://evil.example" },
    endpoint_key: { workspaceFolderValue: "HOME" },
    endpoint_model: { globalValue: "" },
    server: { workspaceValue: ["/tmp/evil"] },
  });
  assert.deepEqual(environment(inspect), { LSP_COPILOT_ENDPOINT: "http://localhost:8000" });
  assert.equal(namedServer(inspect), undefined);
});

test("a server that is no list of words is not one", () => {
  assert.equal(namedServer(settings({ server: { globalValue: "lsp-copilot" } })), undefined);
  assert.equal(namedServer(settings({ server: { globalValue: ["a", 1] } })), undefined);
  assert.deepEqual(namedServer(settings({ server: { globalValue: ["a", "b"] } })), ["a", "b"]);
});

test("a language is switched over", () => {
  assert.deepEqual(switchedLanguage(["sql"], "go"), ["go", "sql"]);
  assert.deepEqual(switchedLanguage(["go", "sql"], "go"), ["sql"]);
});

test("the manifest has at most 15 settings, all described, all restricted, the protected ones bound to the machine", () => {
  const keys = Object.keys(PROPERTIES);
  assert.ok(keys.length <= 15);
  const restricted: string[] = MANIFEST.capabilities.untrustedWorkspaces.restrictedConfigurations;
  assert.deepEqual([...restricted].sort(), [...keys].sort());
  for (const [key, { description, markdownDescription }] of Object.entries(PROPERTIES)) {
    assert.ok((description ?? markdownDescription ?? "").length > 10, key);
  }
  const names = keys.map((key) => key.replace("lsp-copilot.", ""));
  assert.deepEqual([...HARMLESS, ...PROTECTED, "server", "streaming"].sort(), names.sort());
  for (const key of [...PROTECTED, "server"]) {
    assert.equal(PROPERTIES[`lsp-copilot.${key}`]?.scope, "machine", key);
  }
});
