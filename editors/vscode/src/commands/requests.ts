/** The server's commands, asked for. */

import type * as vscode from "vscode";
import { ExecuteCommandRequest, ProgressType, type LanguageClient } from "vscode-languageclient/node";
import type { App } from "../app.ts";
import { warn } from "../say.ts";

let tokens = 0;

/** The connection; says so and gives undefined where there is none. */
export function connected(app: App): LanguageClient | undefined {
  const { client } = app.server;
  if (client === undefined) {
    void warn(`The server is not running. ${app.shown().message}`);
  }
  return client;
}

/** Ask for a command. Throws the server's refusal. */
export async function ask<T>(client: LanguageClient, command: string, argument: unknown): Promise<T> {
  return (await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: [argument] })) as T;
}

/** Ask for a command whose result comes in parts. Throws the server's refusal, also when it was cancelled. */
export async function askInParts<Part, T>(
  client: LanguageClient,
  command: string,
  argument: unknown,
  hear: (part: Part) => void,
  token: vscode.CancellationToken,
): Promise<T> {
  const partialResultToken = `lsp-copilot/command/${++tokens}`;
  const listening = client.onProgress(new ProgressType<Part>(), partialResultToken, hear);
  try {
    const params = { command, arguments: [argument], partialResultToken };
    return (await client.sendRequest(ExecuteCommandRequest.type, params, token)) as T;
  } finally {
    listening.dispose();
  }
}
