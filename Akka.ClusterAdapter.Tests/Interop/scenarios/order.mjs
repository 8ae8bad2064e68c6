import assert from "node:assert/strict";
import { ask, connect, control, eventually, freshRoom, next, record } from "./harness.mjs";

const PACKETS = 2000;

export async function join_is_known_to_a_broadcast_from_the_other_worker({ a, b }) {
  const [member, sender] = [await connect(a), await connect(b)];
  for (let i = 0; i < 200; i++) {
    const room = freshRoom();
    await ask(member, "join", room);
    const delivered = next(member, "b");
    sender.emit("broadcast", room, i);
    assert.deepEqual(await delivered, [i]);
  }
}

async function inOrder(sender, receivers) {
  const room = freshRoom();
  await Promise.all(receivers.map((receiver) => ask(receiver, "join", room)));
  const records = receivers.map((receiver) => record(receiver, "b"));
  for (let i = 0; i < PACKETS; i++) sender.emit("broadcast", room, i % 10 === 0 ? { i, bytes: Buffer.from([i & 255]) } : { i });
  await eventually(() => records.every((received) => received.length >= PACKETS), () => `all packets: ${records.map((received) => received.length)}`);
  for (const received of records) assert.deepEqual(received.map(([value]) => value.i), Array.from({ length: PACKETS }, (_, i) => i));
}

export async function packets_keep_their_order_over_websocket({ a, b }) {
  await inOrder(await connect(a), await Promise.all([connect(a), connect(b), connect(b)]));
}

export async function packets_keep_their_order_over_polling({ a, b }) {
  const transports = ["polling"];
  await inOrder(await connect(a, { transports }), await Promise.all([connect(a, { transports }), connect(b, { transports })]));
}

export async function packets_keep_their_order_while_the_transport_changes({ a, b }) {
  const transports = ["polling", "websocket"];
  const [sender, ...receivers] = await Promise.all([connect(a, { transports }), connect(a, { transports }), connect(b, { transports })]);
  const upgraded = Promise.all([sender, ...receivers].map((client) => new Promise((resolve) => {
    if (client.io.engine.transport.name === "websocket") resolve();
    else client.io.engine.once("upgrade", resolve);
  })));
  await inOrder(sender, receivers);
  await upgraded;
}

export async function workers_emit_in_the_order_of_the_calls({ a, b }) {
  const [near, far] = [await connect(a), await connect(b)];
  const room = freshRoom();
  const records = [record(near, "n"), record(far, "n")];
  for (let i = 0; i < 50; i++) {
    await control(a, "socketsJoin", { rooms: [near.id, far.id], targets: [room] });
    await control(a, "emit", { rooms: [room], event: "n", args: [i] });
    await control(a, "socketsLeave", { rooms: [room], targets: [room] });
    await control(a, "emit", { rooms: [room], event: "n", args: ["to nobody"] });
  }
  await eventually(() => records.every((received) => received.length >= 50), () => `all events: ${records.map((received) => received.length)}`);
  for (const received of records) assert.deepEqual(received.map(([i]) => i), Array.from({ length: 50 }, (_, i) => i));
}
