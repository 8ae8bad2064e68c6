// Clocks, and what was seen of the server from outside.
const TICK_MS = 20;

export const now = () => performance.now();

let stalled = 0;
let longestStall = 0;
let ticked = now();
setInterval(() => {
  const late = now() - ticked - TICK_MS;
  ticked = now();
  longestStall = Math.max(longestStall, late);
  if (late > TICK_MS) stalled += late;
}, TICK_MS);

/** Milliseconds in which this process could do anything: how long a client was away is no matter of how long it was not let run. */
export const ownTime = () => now() - stalled;

export const stall = () => Math.round(longestStall);

/** How often each HTTP status or network error was seen. */
export const answers = {};

export function count(answer) {
  if (answer) answers[answer] = (answers[answer] ?? 0) + 1;
}

/** The HTTP status that a client was refused with; nothing when it was none. */
export function statusOf(error) {
  return error?.context?.status || /response: (\d+)/.exec(error?.description?.message ?? "")?.[1];
}

export async function eventually(condition, what, limit = 90_000) {
  const end = now() + limit;
  while (!condition()) {
    if (now() > end) throw new Error(`not within ${limit} ms: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
