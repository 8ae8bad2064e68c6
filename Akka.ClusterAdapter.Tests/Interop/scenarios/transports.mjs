import assert from "node:assert/strict";
import { ask, connect, control, eventually, freshRoom, next, record, settle, within } from "./harness.mjs";

async function exchanges(client, url) {
  const room = freshRoom();
  await ask(client, "join", room);
  assert.equal(await ask(client, "echo", "hello"), "hello");
  const delivered = next(client, "b");
  client.emit("broadcast", room, "to myself");
  assert.deepEqual(await delivered, ["to myself"]);
  client.on("question", (answer) => answer("!"));
  const { responses } = await control(url, "emitTo", { socket: client.id, event: "question", args: [], timeoutMs: 30_000 });
  assert.deepEqual(responses, ["!"]);
}

export async function polling_only_clients_are_served({ a, b }) {
  for (const url of [a, b]) {
    const client = await connect(url, { transports: ["polling"] });
    await exchanges(client, url);
    assert.equal(client.io.engine.transport.name, "polling");
  }
}

export async function polling_is_upgraded_to_websocket({ a }) {
  const client = await connect(a, { transports: ["polling", "websocket"] });
  if (client.io.engine.transport.name !== "websocket") await within(new Promise((resolve) => client.io.engine.once("upgrade", resolve)), "upgrade");
  await exchanges(client, a);
  assert.equal(client.io.engine.transport.name, "websocket");
}

export async function websocket_can_be_the_first_transport({ a }) {
  const client = await connect(a);
  await exchanges(client, a);
}

export async function volatile_reaches_clients_that_are_ready({ a, b }) {
  const clients = [await connect(a), await connect(b)];
  await settle(a, ...clients);
  const records = clients.map((client) => record(client, "tick"));
  // A packet that is just being written makes a connection busy for a moment, so one of several must come.
  await eventually(async () => {
    await control(a, "emit", { volatile: true, event: "tick", args: [] });
    return records.every((received) => received.length > 0);
  }, () => `volatile events: ${records.map((received) => received.length)}`);
}

export async function volatile_is_dropped_for_a_client_that_does_not_poll({ a }) {
  const url = `${a}/socket.io/?EIO=4&transport=polling`;
  const read = async (query = "") => (await within(fetch(url + query), "poll")).text();
  const sid = `&sid=${JSON.parse((await read()).slice(1)).sid}`;
  await fetch(url + sid, { method: "POST", body: "40" });
  const id = JSON.parse((await read(sid)).slice(2)).sid;
  await control(a, "emit", { rooms: [id], volatile: true, event: "tick", args: [] });
  await control(a, "emit", { rooms: [id], event: "news", args: [] });
  assert.equal(await read(sid), '42["news"]');
  await fetch(url + sid, { method: "POST", body: "1" });
}
