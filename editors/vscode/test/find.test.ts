import assert from "node:assert/strict";
import { test } from "node:test";
import { installation, program, type Machine } from "../src/find.ts";

function machine(files: readonly string[], more: Partial<Machine> = {}): Machine {
  return {
    platform: "linux",
    path: "/a:/b",
    home: "/home/me",
    own: "/store/server",
    isProgram: (file) => files.includes(file),
    hasPackage: () => Promise.resolve(false),
    ...more,
  };
}

const NOTHING = { named: undefined, interpreter: undefined };

test("what the user names comes first, with its arguments", async () => {
  const here = machine(["/opt/x", "/a/lsp-copilot"]);
  const found = await program({ ...NOTHING, named: ["/opt/x", "--log-level", "debug"] }, here);
  assert.deepEqual([found?.command, found?.prefix], ["/opt/x", ["--log-level", "debug"]]);
  const bare = await program({ ...NOTHING, named: ["lsp-copilot"] }, here);
  assert.equal(bare?.command, "/a/lsp-copilot");
});

test("what the user names and is not there is an error and nothing else is started", async () => {
  const here = machine(["/a/lsp-copilot"]);
  await assert.rejects(program({ ...NOTHING, named: ["/opt/x"] }, here), /names \/opt\/x/);
  await assert.rejects(program({ ...NOTHING, named: ["./x"] }, here), /names \.\/x/);
});

test("then the PATH, without its relative folders", async () => {
  const everywhere = { isProgram: () => true };
  const found = await program(NOTHING, machine([], { path: ".:bin::/b", ...everywhere }));
  assert.equal(found?.command, "/b/lsp-copilot");
});

test("then where installers put it", async () => {
  const own = await program(NOTHING, machine(["/store/server/bin/lsp-copilot", "/home/me/.local/bin/lsp-copilot"]));
  assert.equal(own?.command, "/store/server/bin/lsp-copilot");
  const local = await program(NOTHING, machine(["/home/me/.local/bin/lsp-copilot"]));
  assert.equal(local?.command, "/home/me/.local/bin/lsp-copilot");
});

test("then a Python that has the package, which must not import from the current folder", async () => {
  const asked: string[] = [];
  const hasPackage = (python: string): Promise<boolean> => {
    asked.push(python);
    return Promise.resolve(python === "/b/python3");
  };
  const found = await program({ ...NOTHING, interpreter: "/venv/bin/python" }, machine(["/b/python3"], { hasPackage }));
  assert.deepEqual(asked, ["/venv/bin/python", "/b/python3"]);
  assert.deepEqual([found?.command, found?.prefix], ["/b/python3", ["-P", "-m", "lsp_server"]]);
});

test("nothing is nothing", async () => {
  assert.equal(await program(NOTHING, machine(["/b/python3"])), undefined);
});

test("on Windows programs end in .exe and the PATH is split by semicolons", async () => {
  // Folders are those of the machine that runs this: only the endings and the delimiter differ.
  const here = machine(["/b/lsp-copilot.exe"], { platform: "win32", path: "/a;/b" });
  assert.equal((await program(NOTHING, here))?.command, "/b/lsp-copilot.exe");
});

test("the installation is one command with what is here", () => {
  assert.equal(installation(machine(["/a/uv", "/a/pipx"])), "uv tool install lsp-copilot");
  assert.equal(installation(machine(["/b/pipx", "/a/python3"])), "pipx install lsp-copilot");
  assert.equal(
    installation(machine(["/a/python3"], { own: "/my store/server" })),
    "/a/python3 -m venv '/my store/server' && '/my store/server/bin/pip' install lsp-copilot",
  );
  assert.equal(installation(machine([])), undefined);
});
