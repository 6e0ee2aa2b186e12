import assert from "node:assert/strict";
import { test } from "node:test";
import { delay, recent } from "../src/backoff.ts";

test("each crash waits longer than the one before, then it is given up", () => {
  const now = 1_000_000;
  const waits = [1, 2, 3, 4, 5, 6].map((count) => delay(Array(count).fill(now), now));
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, undefined]);
});

test("crashes of long ago are forgotten", () => {
  const now = 10_000_000;
  assert.deepEqual(recent([0, now - 180_000, now - 1000, now], now), [now - 1000, now]);
  assert.equal(delay([0, 1, 2, 3, 4, 5, now], now), 500);
});
