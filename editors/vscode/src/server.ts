/**
 * The server's process and the connection to it: started, watched, started again after a crash, stopped.
 *
 * One step at a time, in the order they were asked for. Knows nothing of what is asked of the server.
 */

import { spawn, type ChildProcess } from "node:child_process";
import * as os from "node:os";
import * as readline from "node:readline";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  type LanguageClientOptions,
  type Middleware,
} from "vscode-languageclient/node";
import { delay, recent } from "./backoff.ts";
import { environmentForServer, SECTION, serverNamed, settingsForServer } from "./configuration.ts";
import { program, type Machine, type Program } from "./find.ts";
import { level } from "./lines.ts";
import type { LogLevel } from "./log.ts";
import { chosenInterpreter } from "./machine.ts";
import { isView, type Phase } from "./state.ts";

const STATUS = "$/lspCopilot/status";
const LOADING_TOKEN = "lsp-copilot/loading/";
const EXIT_PATIENCE_MS = 1000;
const MISSING = "The server is not on this machine.";

/** Documents that suggestions are for: files, what is not saved yet, cells of notebooks. */
export const SELECTOR = [{ scheme: "file" }, { scheme: "untitled" }, { scheme: "vscode-notebook-cell" }];

export class Server implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Phase>();
  /** Hears every new phase, and every status that the server tells. */
  readonly onPhase = this.changed.event;
  private readonly recovered = new vscode.EventEmitter<string>();
  /** Hears, in a sentence, that the server has crashed and is started again. */
  readonly onCrash = this.recovered.event;

  private current: Phase = { name: "starting" };
  private running: LanguageClient | undefined;
  private found: Program | undefined;
  private sent: Record<string, unknown> = {};
  private crashes: readonly number[] = [];
  private timer: NodeJS.Timeout | undefined;
  private steps: Promise<void> = Promise.resolve();
  private isDisposed = false;

  private readonly machine: Machine;
  private readonly log: vscode.LogOutputChannel;
  private readonly middleware: Middleware;

  constructor(machine: Machine, log: vscode.LogOutputChannel, middleware: Middleware) {
    this.machine = machine;
    this.log = log;
    this.middleware = middleware;
  }

  get phase(): Phase {
    return this.current;
  }

  /** The connection, while there is one. */
  get client(): LanguageClient | undefined {
    return this.current.name === "running" ? this.running : undefined;
  }

  /** The program that was found at the last start. */
  get program(): Program | undefined {
    return this.found;
  }

  /** Start, or start anew: what was counted of crashes is forgotten. */
  restart(): Promise<void> {
    this.crashes = [];
    return this.step(async () => {
      await this.end();
      await this.begin();
    });
  }

  /** The settings have changed: tell the server. */
  async configure(): Promise<void> {
    const { client } = this;
    const values = settingsForServer();
    if (client === undefined) {
      return;
    }
    // What came with `initialize` cannot be taken back.
    if (Object.keys(this.sent).some((key) => values[key] === undefined)) {
      await this.restart();
      return;
    }
    await client.sendNotification("workspace/didChangeConfiguration", { settings: { [SECTION]: values } });
  }

  /** Stop for good. */
  async stop(): Promise<void> {
    this.isDisposed = true;
    await this.step(() => this.end());
  }

  dispose(): void {
    void this.stop();
    this.changed.dispose();
    this.recovered.dispose();
  }

  private step(work: () => Promise<void>): Promise<void> {
    this.steps = this.steps.then(work, work);
    return this.steps;
  }

  private enter(phase: Phase): void {
    this.current = phase;
    if (!this.isDisposed) {
      this.changed.fire(phase);
    }
  }

  private async begin(): Promise<void> {
    if (this.isDisposed) {
      return;
    }
    this.enter({ name: "starting" });
    let found: Program | undefined;
    try {
      found = await program({ named: serverNamed(), interpreter: await chosenInterpreter() }, this.machine);
    } catch (error) {
      this.enter({ name: "failed", why: sentence(error) });
      return;
    }
    this.found = found;
    if (found === undefined) {
      this.enter({ name: "missing", why: MISSING });
      return;
    }
    this.log.info(`starting ${[found.command, ...found.prefix].join(" ")}, from ${found.from}`);
    await this.connect(found);
  }

  private async connect(found: Program): Promise<void> {
    let child: ChildProcess | undefined;
    const start = async (): Promise<ChildProcess> => (child = await launch(found));
    const client = new LanguageClient(SECTION, "lsp-copilot", start, this.options(() => lost()));
    this.running = client;
    let isLost = false;
    const lost = (): void => {
      // Told twice where it dies while it starts.
      if (!isLost && this.running === client) {
        isLost = true;
        this.running = undefined;
        void this.step(async () => this.crashed(client, await ending(child)));
      }
    };
    client.onNotification(STATUS, (view: unknown) => {
      if (isView(view) && this.running === client && this.current.name !== "restarting") {
        this.enter({ name: "running", view });
      }
    });
    try {
      await client.start();
    } catch (error) {
      this.log.error(`the connection was not made: ${sentence(error)}`);
      lost();
      return;
    }
    if (this.running === client && this.current.name === "starting") {
      this.enter({ name: "running", view: undefined });
    }
  }

  private options(lost: () => void): LanguageClientOptions {
    this.sent = settingsForServer();
    return {
      documentSelector: SELECTOR,
      outputChannel: this.log,
      traceOutputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      stdioOptions: { stdout: () => {}, stderr: (lines) => follow(lines, this.log) },
      initializationOptions: this.sent,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => {
          lost();
          return { action: CloseAction.DoNotRestart, handled: true };
        },
      },
      middleware: {
        ...this.middleware,
        // The status item says it.
        handleWorkDoneProgress: (token, params, next) => {
          if (!String(token).startsWith(LOADING_TOKEN)) {
            next(token, params);
          }
        },
        workspace: {
          ...this.middleware.workspace,
          configuration: (params) => params.items.map(({ section }) => (section === SECTION ? settingsForServer() : null)),
        },
      },
    };
  }

  private async crashed(client: LanguageClient, how: string): Promise<void> {
    await quietly(() => client.dispose());
    if (this.isDisposed) {
      return;
    }
    const now = Date.now();
    this.crashes = [...recent(this.crashes, now), now];
    const wait = delay(this.crashes, now);
    this.log.error(`the server has ended unexpectedly (${how})`);
    if (wait === undefined) {
      this.enter({ name: "failed", why: `The server ends again and again (${how}); it is not started any more.` });
      return;
    }
    this.enter({ name: "restarting", why: `The server has ended (${how}) and is being started again.` });
    this.recovered.fire(`The server ended unexpectedly (${how}) and is being started again.`);
    this.timer = setTimeout(() => void this.step(() => this.begin()), wait);
  }

  private async end(): Promise<void> {
    clearTimeout(this.timer);
    const client = this.running;
    this.running = undefined;
    if (client !== undefined) {
      await quietly(() => client.dispose());
    }
  }
}

function launch(found: Program): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(found.command, [...found.prefix, "--stdio"], {
      // Not the folder that is open: a program may look for modules where it is started.
      cwd: os.homedir(),
      env: { ...process.env, ...environmentForServer() },
      windowsHide: true,
    });
    child.on("spawn", () => resolve(child));
    child.on("error", reject);
  });
}

/** The server's log goes into ours, each line at its level. */
function follow(lines: NodeJS.ReadableStream, log: vscode.LogOutputChannel): void {
  let before: LogLevel = "info";
  readline.createInterface({ input: lines, terminal: false }).on("line", (line) => {
    before = level(line, before);
    log[before](line);
  });
}

/** How a process has ended, in words; one that goes on without a connection is ended. */
function ending(child: ChildProcess | undefined): Promise<string> {
  return new Promise((resolve) => {
    const tell = (): void => resolve(child?.signalCode ?? `exit code ${child?.exitCode ?? "unknown"}`);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      tell();
      return;
    }
    const kill = setTimeout(() => child.kill("SIGKILL"), EXIT_PATIENCE_MS);
    child.once("exit", () => {
      clearTimeout(kill);
      tell();
    });
  });
}

async function quietly(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch {
    // It has gone already.
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
