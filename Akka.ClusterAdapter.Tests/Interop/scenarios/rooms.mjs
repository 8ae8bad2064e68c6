import assert from "node:assert/strict";
import { ask, connect, control, eventually, freshRoom, record, settle, tryControl } from "./harness.mjs";

/** Two clients on each worker. */
async function four(a, b) {
  return Promise.all([connect(a), connect(a), connect(b), connect(b)]);
}

const counts = (records) => records.map((received) => received.length);

export async function rooms_select({ a, b }) {
  const clients = await four(a, b);
  const [one, two] = [freshRoom(), freshRoom()];
  await Promise.all([ask(clients[0], "join", one), ask(clients[2], "join", one), ask(clients[2], "join", two), ask(clients[3], "join", two)]);
  const records = clients.map((client) => record(client, "news"));

  await control(a, "emit", { rooms: [one], event: "news", args: [1] });
  await settle(a, ...clients);
  assert.deepEqual(counts(records), [1, 0, 1, 0], "one room");

  await control(a, "emit", { rooms: [one, two], event: "news", args: [2] });
  await settle(a, ...clients);
  assert.deepEqual(counts(records), [2, 0, 2, 1], "a member of both rooms gets it once");

  await control(b, "emit", { rooms: [freshRoom()], event: "news", args: [3] });
  await settle(b, ...clients);
  assert.deepEqual(counts(records), [2, 0, 2, 1], "an empty room is nobody");
}

export async function leaving_a_room_ends_its_events({ a, b }) {
  const client = await connect(b);
  const room = freshRoom();
  await ask(client, "join", room);
  await ask(client, "leave", room);
  const received = record(client, "news");
  await control(a, "emit", { rooms: [room], event: "news", args: [] });
  await settle(a, client);
  assert.equal(received.length, 0);
}

export async function except_leaves_out({ a, b }) {
  const clients = await four(a, b);
  const room = freshRoom();
  await Promise.all([ask(clients[1], "join", room), ask(clients[2], "join", room)]);
  const records = clients.map((client) => record(client, "news"));
  await control(a, "emit", { except: [room], event: "news", args: [] });
  await control(a, "emit", { except: [clients[3].id], event: "news", args: [] });
  await settle(a, ...clients);
  assert.deepEqual(counts(records), [2, 1, 1, 1]);
}

export async function broadcast_reaches_everybody_but_the_sender({ a, b }) {
  const clients = await four(a, b);
  const room = freshRoom();
  await Promise.all(clients.map((client) => ask(client, "join", room)));
  const records = clients.map((client) => record(client, "m"));
  clients[0].emit("p2p", room, "hello");
  await eventually(() => counts(records).slice(1).every((n) => n === 1), () => `everybody else got it: ${counts(records)}`);
  await ask(clients[0], "whoami");
  assert.deepEqual(counts(records), [0, 1, 1, 1]);
}

export async function local_stays_on_the_worker({ a, b }) {
  const clients = await four(a, b);
  const records = clients.map((client) => record(client, "news"));
  await control(a, "emit", { local: true, event: "news", args: [] });
  await settle(a, ...clients);
  assert.deepEqual(counts(records), [1, 1, 0, 0]);
}

export async function sockets_are_made_to_join_and_leave({ a, b }) {
  const clients = await four(a, b);
  const [from, to] = [freshRoom(), freshRoom()];
  await Promise.all([ask(clients[1], "join", from), ask(clients[3], "join", from)]);
  const records = clients.map((client) => record(client, "news"));
  await control(a, "socketsJoin", { rooms: [from], targets: [to] });
  await control(a, "emit", { rooms: [to], event: "news", args: [] });
  await settle(a, ...clients);
  assert.deepEqual(counts(records), [0, 1, 0, 1], "joined");

  await control(a, "socketsLeave", { rooms: [from], targets: [to] });
  await control(a, "emit", { rooms: [to], event: "news", args: [] });
  await settle(a, ...clients);
  assert.deepEqual(counts(records), [0, 1, 0, 1], "left");
}

export async function fetch_describes_sockets_of_every_worker({ a, b }) {
  const [near, far] = [await connect(a), await connect(b, { auth: { token: "t" }, query: { q: "1" } })];
  const room = freshRoom();
  await Promise.all([ask(near, "join", room), ask(far, "join", room)]);
  await control(b, "setData", { socket: far.id, data: { name: "far" } });
  const { sockets } = await control(a, "fetchSockets", { rooms: [room] });
  assert.deepEqual(sockets.map((socket) => socket.id).sort(), [near.id, far.id].sort());
  const remote = sockets.find((socket) => socket.id === far.id);
  assert.deepEqual(remote.data, { name: "far" });
  assert.deepEqual([...remote.rooms].sort(), [far.id, room].sort());
  assert.equal(remote.handshake.auth.token, "t");
  assert.equal(remote.handshake.query.q, "1");
  assert.equal(remote.worker, (await control(b, "info")).worker);
  assert.equal(await ask(near, "fetch"), await ask(far, "fetch"));
}

export async function server_side_events_reach_the_other_worker({ a, b }) {
  const event = `event-${process.pid}`;
  const other = (await control(b, "info")).worker;
  await control(b, "onServerSide", { event, answer: { from: other } });
  const { responses } = await control(a, "serverSideEmit", { event, args: [1, { two: [2] }], ack: true });
  assert.deepEqual(responses, [{ from: other }]);
  await control(a, "serverSideEmit", { event, args: ["no answer wanted"] });
  const events = [];
  await eventually(async () => {
    events.push(...(await control(b, "serverSideReceived")).events);
    return events.length >= 2;
  }, () => `both events: ${JSON.stringify(events)}`);
  assert.deepEqual(events, [[event, 1, { two: [2] }], [event, "no answer wanted"]]);
}

export async function every_worker_counts_all({ a, b }) {
  assert.equal((await control(a, "serverCount")).count, 2);
  assert.equal((await control(b, "serverCount")).count, 2);
  const [one, two] = [await control(a, "info"), await control(b, "info")];
  assert.deepEqual(one.peers, [two.worker]);
  assert.deepEqual(two.peers, [one.worker]);
}

export async function a_worker_that_cannot_be_reached_is_named({ a, b }) {
  const [near, far] = [await control(a, "info"), await control(b, "info")];
  await control(a, "throttle", { peer: far.worker, mode: "blackhole" });
  try {
    const answer = await tryControl(a, "fetchSockets", { timeoutMs: 300 });
    assert.equal(answer.ok, false);
    assert.deepEqual(answer.missing, [far.worker]);
    assert.deepEqual((await tryControl(b, "fetchSockets", { timeoutMs: 300 })).missing, [near.worker]);
  } finally {
    await control(a, "throttle", { peer: far.worker, mode: "pass" });
  }
  assert.deepEqual((await control(a, "fetchSockets")).missing, []);
}
