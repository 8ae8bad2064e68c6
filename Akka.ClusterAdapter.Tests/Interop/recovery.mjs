// node recovery.mjs SHARED-URL WORKER-URL... : clients that come back wherever they are led, while every worker broadcasts numbered messages.
// Reads lines: "end" stops the load, lets everything arrive and prints a verdict; "sleep" has every sixth client lose its network until "wake";
// between "cut" and "mended" messages between workers are lost, which costs clients that are connected, and nobody who is told that it was recovered. Settings by environment: CLIENTS, RATE (broadcasts a second by each sender), SENDERS (of each worker; each waits for its answers),
// PARSER=msgpack, NSP=/custom for a namespace without handlers: there the workers put clients into rooms. Some broadcasts leave out a room; when the sleepers have gone, all others are put into one more.
import { io } from "socket.io-client";
import { createInterface } from "node:readline";
import http from "node:http";
import msgpack from "socket.io-msgpack-parser";

const [shared, ...workers] = process.argv.slice(2);
const count = +(process.env.CLIENTS ?? 60), rate = +(process.env.RATE ?? 66), sendersOfEach = +(process.env.SENDERS ?? 1);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const ROOM_SIZE = 10, nsp = process.env.NSP ?? "/";

const parser = process.env.PARSER === "msgpack" ? msgpack : undefined;
// Every third event has binary values.
const bytes = (n) => Buffer.from(`bytes of ${n}`);

const agent = new http.Agent({ keepAlive: false });
function control(url, body) {
  return new Promise((done) => {
    const text = JSON.stringify(body);
    const request = http.request(`${url}/control`, { method: "POST", agent, headers: { "content-type": "application/json", "content-length": Buffer.byteLength(text) }, timeout: 20000 }, (response) => {
      let answer = "";
      response.on("data", (part) => (answer += part)).on("end", () => { try { done(JSON.parse(answer)); } catch { done(null); } });
    });
    request.on("error", () => done(null)).on("timeout", () => request.destroy());
    request.end(text);
  });
}

// What was sent: number, source, rooms; isCertain is false when the worker went before it could say that it had taken it.
const sent = new Map();
let number = 0, isOver = false, isCut = false, lateFrom = Infinity;

const isSleeper = (i) => i % 6 === 0;

class Client {
  received = []; wrong = []; connects = 0; anew = 0; recovered = 0;
  constructor(i) {
    this.name = `client ${i}`;
    // One client may miss 256 events at most: who is to be away for long is sent little.
    this.rooms = new Set(isSleeper(i) ? ["quiet"] : ["everybody", `room ${Math.floor(i / ROOM_SIZE)}`]);
    this.socket = io(shared + nsp, { transports: i % 2 ? ["websocket"] : ["polling", "websocket"], forceNew: true, reconnectionDelay: 100, reconnectionDelayMax: 500, auth: {}, parser });
    this.socket.on("connect", () => {
      this.connects++;
      if (this.connects === 1) return;
      if (this.socket.recovered) this.recovered++;
      else { this.anew++; this.join(); }
    });
    this.socket.on("n", (n, binary) => {
      this.received.push(n);
      if (n % 3 === 0 && !bytes(n).equals(Buffer.from(binary ?? ""))) this.wrong.push(`${this.name} got ${n} with other bytes`);
    });
  }
  sleep() { this.hasSlept = true; this.socket.io.reconnection(false); this.socket.io.engine.close(); }
  wake() { this.socket.io.reconnection(true); this.socket.connect(); }
  join = async () => {
    if (nsp !== "/") return putInto([this.socket.id], [...this.rooms]);
    for (const room of this.rooms) await this.socket.timeout(20000).emitWithAck("join", room);
  };
}

// Sockets wherever they are, by whichever worker is there.
async function putInto(rooms, targets) {
  for (const end = Date.now() + 60000; Date.now() < end; await sleep(100))
    for (const url of workers) {
      if (!(await control(url, { op: "socketsJoin", nsp, rooms, targets }))?.ok) continue;
      for (let tries = 0; tries < 50; tries++) {
        const answer = await control(url, { op: "fetchSockets", nsp, rooms });
        if (answer?.ok && answer.sockets.every((socket) => targets.every((room) => socket.rooms.includes(room)))) return;
        await sleep(20);
      }
    }
  throw new Error(`nobody has put ${rooms} into ${targets}`);
}

// Into a room more: for those before this one nobody can tell whether they were in time.
async function joinLate() {
  awake.forEach((client) => client.rooms.add("late"));
  await putInto(["everybody"], ["late"]);
  lateFrom = number + 1;
}

const isFor = (client, { rooms, except }) => rooms.some((room) => client.rooms.has(room)) && !except.some((room) => client.rooms.has(room));
const isDue = (n, { rooms }) => !rooms.includes("late") || n >= lateFrom;

async function send(url, i) {
  let source = `${url} by ${i}`;
  while (!isOver) {
    const n = ++number, kind = n % 5;
    const rooms = n % 50 === 7 ? ["quiet"] : n % 50 === 8 ? ["late"] : kind === 0 ? ["everybody"] : [`room ${n % Math.ceil(count / ROOM_SIZE)}`];
    const except = n % 50 === 10 ? ["room 0", "quiet"] : n % 50 === 7 && n % 3 === 0 ? ["late"] : [];
    const entry = { source, rooms, except, isCut, isCertain: false, at: Date.now() };
    sent.set(n, entry);
    const answer = await control(url, { op: "emit", nsp, rooms, except, event: "n", args: n % 3 ? [n] : [n, { $binary: bytes(n).toString("base64") }] });
    if (answer?.ok) entry.isCertain = true;
    else {
      // The worker has gone. The one that comes in its place is another source. When it was killed, what it took a moment before may be lost.
      if (process.env.KILLED) for (const one of sent.values()) if (one.source === source && one.at > Date.now() - 5000) one.isCertain = false;
      source = `${url} by ${i}, after ${n}`;
      // Before it is ready the others do not hear it.
      while (!isOver && !(await control(url, { op: "info" }))?.ready) await sleep(100);
    }
    await sleep(1000 / rate);
  }
}

function violations(client) {
  const found = [...client.wrong], seen = new Set(), last = new Map();
  for (const n of client.received) {
    const { source } = sent.get(n);
    if (!isFor(client, sent.get(n))) found.push(`${client.name} got ${n}, which was for others`);
    if (seen.has(n)) found.push(`${client.name} got ${n} twice`);
    if (last.get(source) > n) found.push(`${client.name} got ${n} after ${last.get(source)} of ${source}`);
    seen.add(n);
    last.set(source, Math.max(n, last.get(source) ?? 0));
  }
  if (client.anew) return found;
  for (const [n, entry] of sent)
    if (entry.isCertain && !(entry.isCut && !client.hasSlept) && isFor(client, entry) && isDue(n, entry) && !seen.has(n)) found.push(`${client.name} missed ${n} of ${entry.source}`);
  return found;
}

async function until(condition, what, limit = 60000) {
  for (const end = Date.now() + limit; !condition(); await sleep(50)) if (Date.now() > end) throw new Error(`not in time: ${what}`);
}

const clients = Array.from({ length: count }, (_, i) => new Client(i));
const sleepers = clients.filter((_, i) => isSleeper(i)), awake = clients.filter((_, i) => !isSleeper(i));
try {
  await until(() => clients.every((client) => client.socket.connected), "all clients are connected");
  await Promise.all(clients.map((client) => client.join()));
  const senders = workers.flatMap((url) => Array.from({ length: sendersOfEach }, (_, i) => send(url, i)));
  console.log("FLOWS");
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "status") console.log(`STATUS ${JSON.stringify({ connected: clients.filter((client) => client.socket.connected).length, connects: clients.reduce((sum, client) => sum + client.connects, 0) })}`);
    if (line === "cut" || line === "mended") {
      // What is under way when the link is cut or mended may be lost as well.
      if (line === "cut") isCut = true;
      await sleep(2000);
      isCut = line === "cut";
      console.log(`KNOWS ${line}`);
    }
    if (line === "sleep") {
      // Who has never had an event has nothing to show when it comes back.
      await until(() => sleepers.every((client) => client.received.length > 0), "each has had an event");
      sleepers.forEach((client) => client.sleep());
      await joinLate();
      console.log("SLEEPS");
    }
    if (line === "wake") {
      sleepers.forEach((client) => client.wake());
      console.log("WAKES");
    }
    if (line === "end") break;
  }

  isOver = true;
  await Promise.all(senders);
  await until(() => clients.every((client) => client.socket.connected), "all clients are connected again");
  const missing = () => clients.flatMap(violations).filter((text) => text.includes("missed")).length;
  await until(() => missing() === 0, "everything has arrived", 15000).catch(() => {});
  const found = clients.flatMap(violations);
  const sum = (name) => clients.reduce((total, client) => total + client[name], 0);
  console.log(`VERDICT ${JSON.stringify({ sent: sent.size, received: clients.reduce((total, client) => total + client.received.length, 0), recovered: sum("recovered"), anew: sum("anew"), sleepersAnew: sleepers.filter((client) => client.anew > 0).length, violations: found.slice(0, 10), violationCount: found.length })}`);
} catch (error) {
  console.log(`VERDICT ${JSON.stringify({ violations: [String(error)], violationCount: 1 })}`);
}
process.exit(0);
