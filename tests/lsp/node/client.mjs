// Drives the server through VS Code's own protocol library and prints one JSON object of what it saw.
// usage: node client.mjs URI TEXT LINE CHARACTER SERVER-COMMAND...
import { spawn } from "node:child_process";
import { createRequire } from "node:module";

const lsp = createRequire(import.meta.url)("vscode-languageserver-protocol/node");
const [uri, text, line, character, program, ...args] = process.argv.slice(2);
const seen = {};

const server = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
const exited = new Promise((resolve) => server.on("exit", resolve));
const connection = lsp.createProtocolConnection(
  new lsp.StreamMessageReader(server.stdout),
  new lsp.StreamMessageWriter(server.stdin),
);
connection.onNotification("$/lspCopilot/status", (status) => (seen.status = status.kind));
connection.listen();

const initialized = await connection.sendRequest(lsp.InitializeRequest.type, {
  processId: process.pid,
  rootUri: null,
  capabilities: { general: { positionEncodings: ["utf-16"] }, textDocument: { inlineCompletion: {} } },
});
seen.encoding = initialized.capabilities.positionEncoding;
seen.provider = initialized.capabilities.inlineCompletionProvider;
connection.sendNotification(lsp.InitializedNotification.type, {});
connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, {
  textDocument: { uri, languageId: "python", version: 1, text },
});

const position = { line: Number(line), character: Number(character) };
const params = { textDocument: { uri }, position, context: { triggerKind: lsp.InlineCompletionTriggerKind.Automatic } };
const list = await connection.sendRequest(lsp.InlineCompletionRequest.type, params);
seen.items = list.items;
const { command } = list.items[0];
seen.accepted = await connection.sendRequest(lsp.ExecuteCommandRequest.type, {
  command: command.command,
  arguments: command.arguments,
});
// With a token for partial results, which lsprotocol does not know.
const partial = { ...params, partialResultToken: "partial" };
seen.withToken = (await connection.sendRequest(lsp.InlineCompletionRequest.type, partial)).items.length;

const changed = { textDocument: { uri, version: 2 }, contentChanges: [{ text: text + "\n" }] };
connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, changed);
const source = new lsp.CancellationTokenSource();
const cancelled = connection.sendRequest(lsp.InlineCompletionRequest.type, params, source.token);
source.cancel();
seen.cancelled = await cancelled.then(
  () => "answered",
  (error) => error.code,
);
seen.invalid = await connection.sendRequest("textDocument/inlineCompletion", {}).catch((error) => error.code);
seen.unknown = await connection.sendRequest("no/such").catch((error) => error.code);

await connection.sendRequest(lsp.ShutdownRequest.type);
seen.late = await connection.sendRequest(lsp.InlineCompletionRequest.type, params).catch((error) => error.code);
connection.sendNotification(lsp.ExitNotification.type);
seen.exit = await exited;
console.log(JSON.stringify(seen));
process.exit(0);
