/**
 * A language server whose one suggestion comes in parts: each a word more, at the client's token. How many words it may
 * have said is what stands in the file that is its argument.
 */

import fs from "node:fs";

const WORDS = ["one", " two", " three", " four", " five"];
const LOOK_MS = 50;
const FILE = process.argv[2];

let buffer = Buffer.alloc(0);
let shown = false;

process.stdin.on("data", (part) => {
  buffer = Buffer.concat([buffer, part]);
  for (;;) {
    const end = buffer.indexOf("\r\n\r\n");
    const length = end < 0 ? NaN : Number(/Content-Length: (\d+)/.exec(buffer.toString("latin1", 0, end))[1]);
    if (Number.isNaN(length) || buffer.length < end + 4 + length) {
      return;
    }
    const message = JSON.parse(buffer.toString("utf8", end + 4, end + 4 + length));
    buffer = buffer.subarray(end + 4 + length);
    receive(message);
  }
});
process.stdin.on("end", () => process.exit(0));

function receive({ id, method, params }) {
  switch (method) {
    case "initialize":
      send({ id, result: { capabilities: { inlineCompletionProvider: {}, textDocumentSync: 1 } } });
      break;
    case "initialized":
      send({ method: "$/lspCopilot/status", params: { kind: "normal", message: "Ready.", model: "growing", progress: null } });
      break;
    case "textDocument/inlineCompletion":
      if (shown || params.partialResultToken === undefined) {
        send({ id, result: [] });
      } else {
        shown = true;
        grow(id, params.partialResultToken, 0);
      }
      break;
    case "exit":
      process.exit(0);
      break;
    default:
      if (id !== undefined) {
        send({ id, result: null });
      }
  }
}

function grow(id, token, count) {
  const allowed = Number(fs.readFileSync(FILE, "utf8"));
  const value = [{ insertText: WORDS.slice(0, allowed).join("") }];
  if (allowed === WORDS.length) {
    send({ id, result: value });
    return;
  }
  if (allowed > count) {
    send({ method: "$/progress", params: { token, value } });
  }
  setTimeout(() => grow(id, token, Math.max(count, allowed)), LOOK_MS);
}

function send(message) {
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }));
  process.stdout.write(`Content-Length: ${body.length}\r\n\r\n`);
  process.stdout.write(body);
}
