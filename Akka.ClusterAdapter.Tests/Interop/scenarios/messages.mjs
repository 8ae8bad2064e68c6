import assert from "node:assert/strict";
import { ask, connect, control, freshRoom, next } from "./harness.mjs";

const TEXTS = ["", "plain", "žluťoučký kůň", "汉字 😀 \u2028\u2029", "\"quoted\" \\ / \n \u001e", "x".repeat(100_000)];
const VALUES = [null, true, 0, -1.5, 1e21, 9007199254740991, [], {}, [[1], [[2]]], { a: { b: [null, "c"] } }];

const bytes = (...values) => Buffer.from(values);

/** Byte arrays at several depths, the same one twice, an empty one, beside other values. */
function nested() {
  const shared = bytes(1, 2, 3);
  return { first: shared, list: [bytes(0, 255), { deep: [bytes()], text: "between" }], again: shared, big: Buffer.alloc(70_000, 7), n: 1 };
}

export async function text({ a, b }) {
  const [sender, receiver] = [await connect(a), await connect(b)];
  const room = freshRoom();
  await ask(receiver, "join", room);
  for (const value of [...TEXTS, ...VALUES]) {
    assert.deepEqual(await ask(sender, "echo", value), value);
    const delivered = next(receiver, "b");
    sender.emit("broadcast", room, value);
    assert.deepEqual(await delivered, [value]);
  }
}

export async function binary_in_acknowledgements({ a }) {
  const client = await connect(a);
  assert.deepEqual(await ask(client, "echo", bytes(4, 5)), bytes(4, 5));
  assert.deepEqual(await ask(client, "echo", nested()), nested());
  assert.deepEqual(await ask(client, "echo", new Uint8Array([9, 8])), bytes(9, 8));
}

export async function binary_across_workers({ a, b }) {
  const [sender, receiver] = [await connect(a), await connect(b)];
  const room = freshRoom();
  await ask(receiver, "join", room);
  for (const value of [bytes(1), nested(), [bytes(2), [bytes(3)]]]) {
    const delivered = next(receiver, "b");
    sender.emit("broadcast", room, value);
    assert.deepEqual(await delivered, [value]);
  }
}

export async function binary_from_the_server({ a, b }) {
  const clients = [await connect(a), await connect(b), await connect(b, { transports: ["polling"] })];
  const delivered = Promise.all(clients.map((client) => next(client, "data")));
  const $binary = bytes(1, 2, 250).toString("base64");
  await control(a, "emit", { event: "data", args: ["text", { in: [{ $binary }] }, { $binary }] });
  for (const args of await delivered) assert.deepEqual(args, ["text", { in: [bytes(1, 2, 250)] }, bytes(1, 2, 250)]);
}

export async function text_and_binary_over_polling({ a, b }) {
  const [sender, receiver] = [await connect(a, { transports: ["polling"] }), await connect(b, { transports: ["polling"] })];
  const room = freshRoom();
  await ask(receiver, "join", room);
  for (const value of [...TEXTS, nested()]) {
    const delivered = next(receiver, "b");
    sender.emit("broadcast", room, value);
    assert.deepEqual(await delivered, [value]);
  }
}
