// node run.mjs NAME URL [URL ...] runs one scenario against the workers at these addresses and prints one line of JSON: {"name","ok","detail"}.
import { closeAll, control } from "./harness.mjs";
import * as acknowledgements from "./acknowledgements.mjs";
import * as disconnecting from "./disconnecting.mjs";
import * as draining from "./draining.mjs";
import * as matrix from "./matrix.mjs";
import * as messages from "./messages.mjs";
import * as order from "./order.mjs";
import * as rooms from "./rooms.mjs";
import * as routing from "./routing.mjs";
import * as transports from "./transports.mjs";

const DEADLINE = 30_000;
const scenarios = { ...acknowledgements, ...disconnecting, ...draining, ...matrix, ...messages, ...order, ...rooms, ...routing, ...transports };
const [name, ...urls] = process.argv.slice(2);

function late() {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(`not done after ${DEADLINE} ms`)), DEADLINE).unref());
}

function report(ok, detail) {
  console.log(JSON.stringify({ name, ok, detail }));
  process.exit(ok ? 0 : 1);
}

try {
  if (!scenarios[name]) throw new Error(`there is no scenario ${name}`);
  const [a, b] = urls;
  const detail = await Promise.race([scenarios[name]({ a, b, urls, control }), late()]);
  closeAll();
  report(true, detail ?? "");
} catch (error) {
  report(false, [error, error.cause].map((e) => e?.stack ?? e).filter(Boolean).join("\n"));
}
