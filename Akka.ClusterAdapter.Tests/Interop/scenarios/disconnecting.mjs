import assert from "node:assert/strict";
import { ask, connect, control, eventually, freshRoom, next } from "./harness.mjs";

/** Why a worker says that a client left. */
async function reasonAtServer(url, id) {
  let reason;
  await eventually(async () => {
    const { sockets } = await control(url, "disconnected");
    reason = sockets.find(([left]) => left === id)?.[1] ?? reason;
    return reason;
  }, () => `the worker notices that ${id} left`);
  return reason;
}

/** A worker remembers who leaves from its first such command on. */
async function watched(url, options) {
  await control(url, "disconnected");
  return connect(url, options);
}

export async function client_disconnects({ a, b }) {
  const [client, witness] = [await watched(a), await connect(b)];
  const id = client.id;
  const reason = next(client, "disconnect");
  client.disconnect();
  assert.equal((await reason)[0], "io client disconnect");
  assert.equal(await reasonAtServer(a, id), "client namespace disconnect");
  const { sockets } = await control(b, "fetchSockets", { rooms: [id] });
  assert.deepEqual(sockets, []);
  assert.equal(witness.connected, true);
}

export async function server_disconnects_the_namespace({ a, b }) {
  const client = await watched(b);
  const id = client.id;
  const reason = next(client, "disconnect");
  await control(a, "disconnectSockets", { rooms: [id] });
  assert.equal((await reason)[0], "io server disconnect");
  assert.equal(await reasonAtServer(b, id), "server namespace disconnect");
}

export async function server_closes_the_connection({ a, b }) {
  for (const transports of [["websocket"], ["polling"]]) {
    const client = await watched(b, { transports });
    const id = client.id;
    const reason = next(client, "disconnect");
    await control(a, "disconnectSockets", { rooms: [id], close: true });
    assert.equal((await reason)[0], "io server disconnect");
    assert.equal(await reasonAtServer(b, id), "server namespace disconnect");
  }
}

export async function connection_ends({ a }) {
  for (const transports of [["websocket"], ["polling"]]) {
    const client = await watched(a, { transports });
    const id = client.id;
    client.io.engine.close();
    assert.equal(await reasonAtServer(a, id), "transport close");
  }
}

export async function connection_breaks({ a }) {
  const client = await watched(a);
  const id = client.id;
  const reason = next(client, "disconnect");
  client.io.engine.transport.ws.terminate();
  assert.equal((await reason)[0], "transport close");
  assert.match(await reasonAtServer(a, id), /^transport (close|error)$/);
}

export async function rooms_are_left_on_disconnect({ a, b }) {
  const client = await watched(a);
  const id = client.id;
  const room = freshRoom();
  await ask(client, "join", room);
  assert.equal((await control(b, "fetchSockets", { rooms: [room] })).sockets.length, 1);
  client.disconnect();
  await reasonAtServer(a, id);
  assert.equal((await control(b, "fetchSockets", { rooms: [room] })).sockets.length, 0);
  const { rooms } = await control(a, "localRooms");
  assert.equal(rooms[room], undefined);
  assert.equal(rooms[id], undefined);
}
