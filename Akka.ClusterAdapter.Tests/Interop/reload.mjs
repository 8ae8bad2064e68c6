// Official clients that come back, and a steady stream of broadcasts, while somebody reloads the workers: node reload.mjs URL CLIENTS RATE
// Prints READY when all are connected, and its verdict, one line of JSON, after a line on its standard input.
import http from "node:http";
import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { io } from "socket.io-client";

const [url, clients, rate] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const ROOM = "everybody";
const BURST_MS = 50;
const EMITTERS = 6;
const BACK_WITHIN_MS = 5_000;
const STAYS_MS = 250;
const TRANSPORTS = [["polling"], ["polling", "websocket"], ["polling", "websocket"], ["websocket"], ["websocket"]];

const now = () => performance.now();
const failures = [];
const statuses = new Map();
const lag = monitorEventLoopDelay({ resolution: 10 });

function count(status) {
  if (status) statuses.set(status, (statuses.get(status) ?? 0) + 1);
}

/** A client that stays in the room whatever happens, and remembers when it was there and what it heard. */
class Receiver {
  spans = [];
  reasons = [];
  longestAway = 0;
  last = new Map();
  heard = new Map();

  constructor(number) {
    this.number = number;
    this.socket = io(url, {
      transports: TRANSPORTS[number % TRANSPORTS.length],
      agent: new http.Agent({ keepAlive: true }),
      forceNew: true,
      reconnectionDelay: 100,
      reconnectionDelayMax: 1_000,
    });
    this.socket.on("connect", () => this.#enter());
    this.socket.on("disconnect", (reason, details) => this.#leave(reason, details));
    this.socket.on("connect_error", (error) => count(error.context?.status));
    this.socket.on("b", ([emitter, n]) => this.#hear(emitter, n));
  }

  get isThere() {
    return this.spans.at(-1)?.to === Infinity;
  }

  get state() {
    const { io: manager, connected } = this.socket;
    const { engine } = manager;
    return `client ${this.number} (${TRANSPORTS[this.number % TRANSPORTS.length]}) lost ${Math.round(now() - this.lostAt)} ms ago, connected ${connected}, manager ${manager._readyState}, engine ${engine?.readyState} ${engine?.transport?.name} upgrading ${engine?.upgrading}, attempts ${manager.backoff.attempts}`;
  }

  wasThere(from, to) {
    return this.spans.some((span) => span.from <= from && span.to >= to);
  }

  #enter() {
    const { id } = this.socket;
    this.socket.emit("join", ROOM, () => {
      if (this.socket.id !== id || !this.socket.connected) return;
      if (this.lostAt) this.longestAway = Math.max(this.longestAway, now() - this.lostAt);
      this.spans.push({ from: now(), to: Infinity });
    });
  }

  #leave(reason, details) {
    count(details?.context?.status);
    this.reasons.push(reason);
    if (!this.isThere) return;
    this.lostAt = this.spans.at(-1).to = now();
  }

  #hear(emitter, n) {
    const heard = this.heard.get(emitter) ?? this.heard.set(emitter, new Set()).get(emitter);
    if (heard.has(n)) failures.push(`client ${this.number} heard ${emitter}/${n} twice`);
    if (n < (this.last.get(emitter) ?? 0)) failures.push(`client ${this.number} heard ${emitter}/${n} after ${emitter}/${this.last.get(emitter)}`);
    heard.add(n);
    this.last.set(emitter, n);
  }
}

/** Broadcasts through whichever worker it is on; what the worker has acknowledged was sent between the two moments. */
class Emitter {
  sent = [];
  unacknowledged = 0;
  #next = 1;

  constructor(name) {
    this.name = name;
    this.socket = io(url, { transports: ["websocket"], forceNew: true, reconnectionDelay: 500, reconnectionDelayMax: 1_000 });
    this.socket.on("connect_error", (error) => count(error.context?.status));
  }

  emit() {
    const broadcast = { n: this.#next++, from: now() };
    this.socket.emitWithAck("broadcast", ROOM, [this.name, broadcast.n]).then(
      () => this.sent.push({ ...broadcast, to: now() }),
      () => this.unacknowledged++);
  }
}

async function eventually(condition, what, limit = 30_000) {
  const end = now() + limit;
  while (!condition()) {
    if (now() > end) throw new Error(`not within ${limit} ms: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What a stranger sees at the shared address. */
function probe() {
  const request = http.request(`${url}/control`, { method: "POST", agent: new http.Agent({ keepAlive: false }) }, (answer) => {
    count(answer.statusCode);
    answer.resume();
  });
  request.on("error", () => count("refused"));
  request.end('{"op":"serverCount"}');
}

const receivers = Array.from({ length: clients }, (_, i) => new Receiver(i));
const emitters = Array.from({ length: EMITTERS }, (_, i) => new Emitter(`e${i}`));
await eventually(() => receivers.every((receiver) => receiver.isThere) && emitters.every((emitter) => emitter.socket.connected), () => "all clients are there", 60_000);

const start = now();
// By the clock, not by the tick: a process that was held up catches up.
let turn = 0;
let idle = 0;
let due = 0;
const emitting = setInterval(() => {
  const able = emitters.filter((emitter) => emitter.socket.connected);
  const target = ((now() - start) / 1_000) * rate;
  if (able.length === 0) idle++;
  else for (; due < target; due++) able[turn % able.length].emit();
  turn++;
}, BURST_MS);
const probing = setInterval(probe, BURST_MS);
lag.enable();
console.log("READY");
await once(process.stdin, "data");

clearInterval(emitting);
clearInterval(probing);
const seconds = (now() - start) / 1_000;
try {
  await eventually(() => receivers.every((receiver) => receiver.isThere), () => `${receivers.filter((receiver) => !receiver.isThere).length} clients are away`, BACK_WITHIN_MS);
} catch (error) {
  failures.push(error.message);
  for (const receiver of receivers.filter((each) => !each.isThere)) failures.push(`away: ${receiver.state}`);
}
// What was sent last is on its way.
await new Promise((resolve) => setTimeout(resolve, 1_000));

// A client that stood still itself learns late that it was let go.
const margin = STAYS_MS + lag.max / 1e6;
let owed = 0;
let missed = 0;
for (const { name, sent } of emitters) {
  for (const { n, from, to } of sent) {
    for (const receiver of receivers) {
      if (!receiver.wasThere(from, to + margin)) continue;
      owed++;
      if (receiver.heard.get(name)?.has(n)) continue;
      if (missed++ < 10) failures.push(`client ${receiver.number} (${TRANSPORTS[receiver.number % TRANSPORTS.length]}) never heard ${name}/${n}, sent ${Math.round(from - start)}..${Math.round(to - start)} ms, there ${JSON.stringify(receiver.spans.map((span) => [Math.round(span.from - start), Math.round(span.to - start)]))}`);
    }
  }
}

const sum = (numbers) => numbers.reduce((all, number) => all + number, 0);
const away = Math.max(...receivers.map((receiver) => receiver.longestAway));
if (away > BACK_WITHIN_MS) failures.push(`a client was away for ${Math.round(away)} ms`);
for (const [status, times] of statuses) if (status >= 500) failures.push(`${times} answers ${status}`);
const sent = sum(emitters.map((emitter) => emitter.sent.length));
const returns = sum(receivers.map((receiver) => receiver.spans.length - 1));
if (missed > 0) failures.push(`${missed} of ${owed} broadcasts were not heard`);
console.log(JSON.stringify({
  ok: failures.length === 0,
  failures: failures.slice(0, 20),
  seconds: Math.round(seconds),
  sent,
  perSecond: Math.round(sent / seconds),
  unacknowledged: sum(emitters.map((emitter) => emitter.unacknowledged)),
  idle,
  owed,
  heard: sum(receivers.map((receiver) => sum([...receiver.heard.values()].map((heard) => heard.size)))),
  returns,
  longestAway: Math.round(away),
  lag: Math.round(lag.max / 1e6),
  reasons: [...receivers.flatMap((receiver) => receiver.reasons).reduce((all, reason) => all.set(reason, (all.get(reason) ?? 0) + 1), new Map())],
  statuses: [...statuses],
}));
process.exit(0);
