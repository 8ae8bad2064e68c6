// Everything one worker can do to the clients of all: the first of the addresses does it.
import assert from "node:assert/strict";
import { ask, connect, control, eventually, freshRoom, next, record, settle } from "./harness.mjs";

const LARGE = 900_000;

export async function every_operation_of_the_first_worker_reaches_all({ urls }) {
  const [origin, ...others] = urls;
  const workers = await Promise.all(urls.map(async (url) => (await control(url, "info")).worker));
  const clients = await Promise.all(urls.map((url, i) => connect(url, { auth: { number: i } })));
  for (const part of [counted, broadcasts, acknowledgements, rooms, descriptions, single, serverSide, large, disconnects]) {
    try {
      await part({ origin, others, urls, workers, clients });
    } catch (error) {
      throw new Error(part.name, { cause: error });
    }
  }
}

const counts = (records) => records.map((received) => received.length);
const joined = (clients, room) => Promise.all(clients.map((client) => ask(client, "join", room)));

async function counted({ origin, workers }) {
  assert.equal((await control(origin, "serverCount")).count, workers.length);
  assert.deepEqual([...(await control(origin, "info")).peers].sort(), workers.slice(1).sort());
}

async function broadcasts({ origin, clients }) {
  const [room, quiet] = [freshRoom(), freshRoom()];
  await joined(clients, room);
  await ask(clients[1], "join", quiet);
  const received = (event) => clients.map((client) => record(client, event));
  const [all, roomed, except, local, volatile, nobody] = ["all", "roomed", "except", "local", "volatile", "nobody"].map(received);
  await control(origin, "emit", { event: "all", args: [1, { two: [2] }] });
  await control(origin, "emit", { event: "roomed", rooms: [room, quiet], args: [] });
  await control(origin, "emit", { event: "except", rooms: [room], except: [quiet], args: [] });
  await control(origin, "emit", { event: "local", local: true, args: [] });
  await control(origin, "emit", { event: "nobody", rooms: [freshRoom()], args: [] });
  await settle(origin, ...clients);
  // A volatile event is for connections that have nothing else to send.
  await control(origin, "emit", { event: "volatile", volatile: true, rooms: [room], args: [] });
  await eventually(() => counts(volatile).every((n) => n === 1), () => `volatile: ${counts(volatile)}`);
  assert.deepEqual(all, clients.map(() => [[1, { two: [2] }]]), "to all");
  assert.deepEqual(counts(roomed), [1, 1, 1], "to rooms");
  assert.deepEqual(counts(except), [1, 0, 1], "except");
  assert.deepEqual(counts(local), [1, 0, 0], "local");
  assert.deepEqual(counts(nobody), [0, 0, 0], "to nobody");
}

async function acknowledgements({ origin, clients }) {
  const room = freshRoom();
  await joined(clients, room);
  clients.forEach((client, i) => client.on("ask", (bytes, answer) => answer({ i, bytes })));
  const $binary = Buffer.from([1, 2, 255]).toString("base64");
  const asked = async (rooms) => (await control(origin, "emitWithAck", { event: "ask", rooms, args: [{ $binary }], timeoutMs: 30_000 })).responses;
  assert.deepEqual((await asked([room])).sort((x, y) => x.i - y.i), clients.map((_, i) => ({ i, bytes: { $binary } })), "many");
  for (const [i, client] of clients.entries()) assert.deepEqual(await asked([client.id]), [{ i, bytes: { $binary } }], "one");
  assert.deepEqual(await asked([freshRoom()]), [], "none");
}

async function rooms({ origin, urls, clients }) {
  const [room, next] = [freshRoom(), freshRoom()];
  const records = clients.map((client) => record(client, "ordered"));
  for (let i = 0; i < 10; i++) {
    await control(origin, "socketsJoin", { rooms: clients.map((client) => client.id), targets: [room, next] });
    await control(origin, "emit", { rooms: [room], event: "ordered", args: [i] });
    await control(origin, "socketsLeave", { rooms: [next], targets: [room] });
    await control(origin, "emit", { rooms: [room], event: "ordered", args: ["to nobody"] });
  }
  await settle(origin, ...clients);
  for (const received of records) assert.deepEqual(received.map(([value]) => value), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  for (const [i, url] of urls.entries()) {
    const { rooms: table } = await control(url, "localRooms");
    assert.deepEqual(table[next], [clients[i].id]);
    assert.equal(table[room], undefined);
  }
  await control(origin, "socketsLeave", { rooms: clients.map((client) => client.id), targets: [next] });
}

async function descriptions({ origin, urls, clients, workers }) {
  const room = freshRoom();
  await joined(clients, room);
  for (const [i, url] of urls.entries()) await control(url, "setData", { socket: clients[i].id, data: { number: i } });
  const { sockets, missing } = await control(origin, "fetchSockets", { rooms: [room] });
  assert.deepEqual(missing, []);
  assert.equal(sockets.length, clients.length);
  for (const [i, client] of clients.entries()) {
    const found = sockets.find((socket) => socket.id === client.id);
    assert.deepEqual([found.worker, found.data, found.handshake.auth.number], [workers[i], { number: i }, i]);
    assert.ok(found.rooms.includes(room) && found.rooms.includes(client.id));
  }
}

async function single({ origin, clients, workers }) {
  for (const [i, client] of clients.entries()) {
    const room = freshRoom();
    const of = (what, members) => control(origin, "remote", { socket: client.id, do: what, ...members });
    const [hello, roomed] = [next(client, "hello"), record(client, "roomed")];
    client.on("how", (value, answer) => answer(`${value} ${i}`));
    await of("emit", { event: "hello", args: ["you"] });
    assert.deepEqual(await hello, ["you"]);
    assert.deepEqual((await of("emit", { event: "how", args: ["number"], timeoutMs: 30_000 })).responses, [`number ${i}`]);
    await of("join", { rooms: [room] });
    await control(origin, "emit", { rooms: [room], event: "roomed", args: [] });
    await of("leave", { rooms: [room] });
    await control(origin, "emit", { rooms: [room], event: "roomed", args: [] });
    await settle(origin, client);
    assert.equal(roomed.length, 1);
    const { data, worker } = await of("data");
    assert.deepEqual([data, worker], [{ number: i }, workers[i]]);
  }
}

async function serverSide({ origin, others }) {
  const event = `event-${Math.random()}`;
  for (const [i, url] of others.entries()) await control(url, "onServerSide", { event, answer: { other: i } });
  const { responses } = await control(origin, "serverSideEmit", { event, args: [1, "two"], ack: true });
  assert.deepEqual(responses.sort((x, y) => x.other - y.other), others.map((_, i) => ({ other: i })));
  await control(origin, "serverSideEmit", { event, args: ["no answer wanted"] });
  for (const url of others) {
    const events = [];
    await eventually(async () => {
      events.push(...(await control(url, "serverSideReceived")).events.filter(([name]) => name === event));
      return events.length >= 2;
    }, () => `both events: ${JSON.stringify(events)}`);
    assert.deepEqual(events, [[event, 1, "two"], [event, "no answer wanted"]]);
  }
}

/** From the server and from a client of the worker; small ones behind a large one keep their place. */
async function large({ origin, clients }) {
  const room = freshRoom();
  await joined(clients, room);
  const text = "ž".repeat(LARGE / 2);
  const bytes = Buffer.alloc(LARGE, 9).fill(1, LARGE / 2);
  const records = clients.map((client) => record(client, "b"));
  await control(origin, "emit", { rooms: [room], event: "b", args: [text] });
  await control(origin, "emit", { rooms: [room], event: "b", args: ["behind"] });
  await control(origin, "emit", { rooms: [room], event: "b", args: [{ in: { $binary: bytes.toString("base64") } }] });
  await eventually(() => counts(records).every((n) => n === 3), () => `from the server: ${counts(records)}`);
  clients[0].emit("broadcast", room, text);
  clients[0].emit("broadcast", room, bytes);
  clients[0].emit("broadcast", room, "end");
  await eventually(() => counts(records).every((n) => n === 6), () => `from a client: ${counts(records)}`);
  for (const received of records) {
    const values = received.map(([value]) => value);
    assert.ok(values[0] === text && values[1] === "behind" && bytes.equals(values[2].in), "the server's");
    assert.ok(values[3] === text && bytes.equals(values[4]) && values[5] === "end", "the client's");
  }
  clients.forEach((client) => client.on("large", (value, answer) => answer(value)));
  const { responses } = await control(origin, "emitWithAck", { rooms: [room], event: "large", args: [text], timeoutMs: 30_000 });
  assert.ok(responses.length === clients.length && responses.every((answer) => answer === text), "large answers");
}

async function disconnects({ origin, urls }) {
  for (const close of [false, true]) {
    const leaving = await Promise.all(urls.map((url) => connect(url)));
    const [last, reasons] = [leaving.map((client) => record(client, "last")), leaving.map((client) => next(client, "disconnect"))];
    await control(origin, "emit", { rooms: leaving.map((client) => client.id), event: "last", args: [] });
    await control(origin, "disconnectSockets", { rooms: leaving.map((client) => client.id), close });
    assert.deepEqual((await Promise.all(reasons)).map(([reason]) => reason), leaving.map(() => "io server disconnect"));
    assert.deepEqual(counts(last), [1, 1, 1], "what was emitted before came first");
  }
  for (const url of urls) {
    const victim = await connect(url);
    const reason = next(victim, "disconnect");
    await control(origin, "remote", { socket: victim.id, do: "disconnect" });
    assert.equal((await reason)[0], "io server disconnect");
  }
}
