import assert from "node:assert/strict";
import { test } from "node:test";
import { Writing, type Edit } from "../src/writing.ts";

/** A document that takes edits as the editor does; `gate` holds each of them up. */
function document(gate: () => Promise<void> = () => Promise.resolve()) {
  const edits: Edit[] = [];
  const state = { text: "", edits };
  const apply = async (edit: Edit): Promise<void> => {
    await gate();
    edits.push(edit);
    state.text = state.text.slice(0, edit.from) + edit.text;
  };
  return { state, writing: new Writing(apply) };
}

test("parts become the text; those that come during an edit go in together", async () => {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const { state, writing } = document(() => opened);
  for (const part of ["one", " two", " three"]) {
    writing.add(part);
  }
  open();
  await writing.finish("one two three");
  assert.equal(state.text, "one two three");
  assert.deepEqual(state.edits, [
    { from: 0, text: "one", isFirst: true },
    { from: 3, text: " two three", isFirst: false },
  ]);
});

test("what is void is taken out, and only what differs is written", async () => {
  const { state, writing } = document();
  writing.add("SELECT 1");
  await writing.finish("SELECT 1");
  writing.clear();
  writing.add("SELECT 2;\n");
  await writing.finish("SELECT 2;\n");
  assert.equal(state.text, "SELECT 2;\n");
  assert.equal(state.edits.filter((edit) => edit.isFirst).length, 1);
  assert.equal(state.edits.at(-1)?.from, "SELECT ".length);
});

test("an edit that fails is heard by whoever finishes", async () => {
  const writing = new Writing(() => Promise.reject(new Error("closed")));
  writing.add("a");
  await assert.rejects(writing.finish("ab"), /closed/);
});
