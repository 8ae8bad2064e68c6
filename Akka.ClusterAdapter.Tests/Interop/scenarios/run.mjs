// node run.mjs reads a request a line, {"id","name","arguments":[URL, ...]}, runs that scenario against the workers at these addresses
// and prints a line of JSON: {"id","ok","detail"}. One after the other, until its input ends.
import { createInterface } from "node:readline";
import { closeAll, control } from "./harness.mjs";
import * as acknowledgements from "./acknowledgements.mjs";
import * as disconnecting from "./disconnecting.mjs";
import * as draining from "./draining.mjs";
import * as fromNode from "./from-node.mjs";
import * as matrix from "./matrix.mjs";
import * as messages from "./messages.mjs";
import * as order from "./order.mjs";
import * as rooms from "./rooms.mjs";
import * as routing from "./routing.mjs";
import * as transports from "./transports.mjs";

const DEADLINE = 180_000;
const scenarios = { ...acknowledgements, ...disconnecting, ...draining, ...fromNode, ...matrix, ...messages, ...order, ...rooms, ...routing, ...transports };

async function run(name, urls) {
  if (!scenarios[name]) throw new Error(`there is no scenario ${name}`);
  const [a, b] = urls;
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`not done after ${DEADLINE} ms`)), DEADLINE); });
  try {
    return await Promise.race([scenarios[name]({ a, b, urls, control }), late]);
  } finally {
    clearTimeout(timer);
    closeAll();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, name, arguments: urls } = JSON.parse(line);
  try {
    const detail = await run(name, urls);
    console.log(JSON.stringify({ id, ok: true, detail: detail ?? "" }));
  } catch (error) {
    console.log(JSON.stringify({ id, ok: false, detail: [error, error.cause].map((e) => e?.stack ?? e).filter(Boolean).join("\n") }));
  }
}
process.exit(0);
