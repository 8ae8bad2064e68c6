// Official clients that come back, and a steady stream of broadcasts, while somebody replaces the workers: node main.mjs DIALECT URL CLIENTS RATE
// Prints READY when all are there and broadcasts from then on; after a line on its standard input prints what happened, one line of JSON.
import { once } from "node:events";
import http from "node:http";
import { dialects } from "./dialects.mjs";
import { Emitter } from "./emitter.mjs";
import { answers, count, eventually, now, stall } from "./measure.mjs";
import { Receiver } from "./receiver.mjs";

const [name, url, clients, rate] = [process.argv[2], process.argv[3], Number(process.argv[4]), Number(process.argv[5])];
const dialect = dialects[name];
const EMITTERS = 6;
const BURST_MS = 25;
const PROBE_MS = 50;
const STAYS_MS = 250;
// A machine that cannot keep up is not buried: so many broadcasts wait for their acknowledgement, each of them is so many messages.
const UNDER_WAY = 60;

const receivers = Array.from({ length: clients }, (_, i) => new Receiver(url, dialect, i));
const emitters = Array.from({ length: EMITTERS }, (_, i) => new Emitter(url, dialect, i));
const sum = (numbers) => numbers.reduce((all, number) => all + number, 0);
const absent = () => [...receivers, ...emitters].filter((client) => !client.isThere);

/** A new session on a new connection, closed at once: what a stranger sees at this address. */
async function probe() {
  const { text } = await request("", "GET");
  if (text?.startsWith("0{")) await request(`&sid=${JSON.parse(text.slice(1)).sid}`, "POST", "1");
}

function request(query, method, body) {
  return new Promise((resolve) => {
    const sending = http.request(`${url}/socket.io/?EIO=4&transport=polling${query}`, { method, agent: false }, (answer) => {
      let text = "";
      count(answer.statusCode);
      answer.setEncoding("utf8").on("data", (part) => (text += part)).on("end", () => resolve({ text })).on("error", () => resolve({}));
    });
    // ECONNRESET: a worker closed its socket before it had accepted; ECONNREFUSED: nobody was there.
    sending.on("error", (error) => {
      count(error.code);
      resolve({});
    });
    sending.end(body);
  });
}

await eventually(() => absent().length === 0, () => `${absent().length} clients are missing`, 180_000);
const start = now();
const already = receivers.map((receiver) => receiver.reasons.length);
const silentAlready = receivers.map((receiver) => receiver.silences.length);
// By the clock, not by the tick: what a held-up process has missed follows, as far as the server keeps up.
let due = 0;
let turn = 0;
let counted = start;
const emitting = setInterval(() => {
  due = Math.min(due + ((now() - counted) / 1_000) * rate, rate);
  counted = now();
  const able = emitters.filter((emitter) => emitter.isThere);
  let room = UNDER_WAY - sum(emitters.map((emitter) => emitter.underWay));
  for (; able.length > 0 && due >= 1 && room > 0; due--, room--) able[turn++ % able.length].emit();
}, BURST_MS);
const probing = setInterval(probe, PROBE_MS);
console.log("READY");
await once(process.stdin, "data");

clearInterval(emitting);
clearInterval(probing);
const seconds = (now() - start) / 1_000;
const details = [];
try {
  await eventually(() => absent().length === 0, () => `${absent().length} clients are away`);
  // Each one's last words: when everybody has heard them, everything before them has arrived or never will.
  await Promise.all(emitters.map(async (emitter) => {
    const { origin } = emitter;
    const n = await emitter.emit();
    await eventually(() => receivers.every((receiver) => receiver.hearing.lastOf(origin) >= n), () => `the last words of ${origin}`);
  }));
} catch (error) {
  details.push(error.message, ...receivers.filter((receiver) => !receiver.isThere).slice(0, 5).map((receiver) => receiver.state));
}

let owed = 0;
let missed = 0;
for (const receiver of receivers) {
  for (const { origin, n, from, to } of emitters.flatMap((emitter) => emitter.sent)) {
    if (!receiver.wasThere(from, to + STAYS_MS)) continue;
    owed++;
    if (receiver.hearing.has(origin, n)) continue;
    const spans = receiver.spans.map((span) => [span.from, span.proven, span.to].map((at) => Math.round(at - start)));
    if (missed++ < 10) details.push(`${receiver.name} never heard ${origin}/${n}, sent ${Math.round(from - start)}..${Math.round(to - start)} ms, there ${JSON.stringify(spans)}`);
  }
}

const longest = receivers.reduce((one, other) => (other.away > one.away ? other : one));
const reasons = {};
for (const reason of receivers.flatMap((receiver, i) => receiver.reasons.slice(already[i]))) reasons[reason] = (reasons[reason] ?? 0) + 1;
console.log(JSON.stringify({
  verdict: "crowd",
  seconds,
  sent: sum(emitters.map((emitter) => emitter.sent.length)),
  unacknowledged: sum(emitters.map((emitter) => emitter.unacknowledged)),
  owed,
  missed,
  twice: sum(receivers.map((receiver) => receiver.hearing.faults.twice)),
  disordered: sum(receivers.map((receiver) => receiver.hearing.faults.disordered)),
  holes: sum(receivers.map((receiver) => receiver.hearing.faults.holes)),
  again: sum(receivers.map((receiver) => receiver.hearing.again)),
  away: absent().length,
  departures: sum(Object.values(reasons)),
  longestAway: Math.round(longest.away),
  longestWay: [longest.name, ...longest.longestWay].slice(0, 80),
  stall: stall(),
  serverErrors: sum(Object.entries(answers).filter(([answer]) => answer >= 500).map(([, times]) => times)),
  refused: answers.ECONNREFUSED ?? 0,
  answers,
  reasons,
  silences: receivers.flatMap((receiver, i) => receiver.silences.slice(silentAlready[i])),
  details,
}));
process.exit(0);
