/** How long to wait before a server that has died is started again, and when to give up. Knows no clock. */

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const MOST = 5;
const WITHIN_MS = 180_000;

/** The times (ms) of the crashes that still count at `now`, the newest last. */
export function recent(crashes: readonly number[], now: number): number[] {
  return crashes.filter((at) => now - at < WITHIN_MS);
}

/** Milliseconds to wait after the newest of the crashes; undefined where starting again is no use. */
export function delay(crashes: readonly number[], now: number): number | undefined {
  const count = recent(crashes, now).length;
  if (count > MOST) {
    return undefined;
  }
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, count - 1));
}
