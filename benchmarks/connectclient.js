"use strict";
// The load of the rows that connect as users do: the official client with its default transports (polling, then an upgrade), one client after the other.
//   node connectclient.js connect --url http://127.0.0.1:3100 [--url ...] [--pid ROOT[,ROOT..]] [--warmup 2] [--duration 4] [--label L]
// Each connects, asks one question ("echo") from its connect handler, waits until it has upgraded, and goes. One JSON line: p50_ms … until "connect", ack_p50_ms until the
// answer, upgrade_p50_ms until the WebSocket. A client that is not connected within 3 s counts as stuck, an answer that is another one as wrong.
const { io } = require("socket.io-client");
const { Probe, Hist } = require("./probe.js");

const values = (name) => process.argv.flatMap((arg, i) => (arg === "--" + name ? [process.argv[i + 1]] : []));
const option = (name, otherwise) => values(name)[0] ?? otherwise;
const urls = values("url"), label = option("label", ""), warmup = +option("warmup", 2), duration = +option("duration", 4), LIMIT = 3000, REST = 5;
const roots = option("pid", "").split(",").filter(Boolean).map(Number);
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
const r3 = (x) => (x == null ? null : +(+x).toPrecision(6));
const probe = new Probe(roots);
const times = { connect: new Hist(), ack: new Hist(), upgrade: new Hist() };
const faults = { stuck_connects: 0, closed_unexpectedly: 0, wrong_values: 0 };
let number = 0;

// What a listener is told, or null after the time limit.
const once = (start) => new Promise((done) => { const limit = setTimeout(() => done(null), LIMIT); start((value) => { clearTimeout(limit); done(value ?? true); }); });

async function client() {
  const url = urls[number % urls.length], text = `#${number++}`, began = performance.now();
  const socket = io(url, { forceNew: true, reconnection: false });
  const upgraded = once((done) => socket.io.engine.once("upgrade", () => done(performance.now())));
  const answered = once((done) => socket.once("connect", () => socket.emit("echo", text, (value) => done({ value, at: performance.now() }))));
  const connected = await once((done) => { socket.once("connect", () => done(performance.now())); socket.once("connect_error", () => done(-1)); });
  if (connected === null || connected < 0) faults.stuck_connects++;
  else {
    let gone = false;
    socket.once("disconnect", () => (gone = true));
    const answer = await answered, upgrade = await upgraded;
    if (gone || !answer) faults.closed_unexpectedly++;
    else if (answer.value !== text) faults.wrong_values++;
    times.connect.add(connected - began);
    if (answer) times.ack.add(answer.at - began);
    if (upgrade) times.upgrade.add(upgrade - began);
  }
  socket.close();
  await sleep(REST);
}

async function connectFor(seconds) {
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) await client();
}

async function run() {
  await connectFor(warmup);
  for (const hist of Object.values(times)) hist.reset();
  const before = probe.snap();
  await connectFor(duration);
  const d = probe.diff(before, probe.snap()), { connect, ack, upgrade } = times;
  console.log(JSON.stringify({
    scenario: "connect", label, client: "official", params: {}, unit: "connect", count: connect.n, seconds: r3(d.dt), deliveries_per_s: Math.round(connect.n / d.dt),
    p50_ms: r3(connect.q(0.5)), p99_ms: r3(connect.q(0.99)), ack_p50_ms: r3(ack.q(0.5)), ack_p99_ms: r3(ack.q(0.99)), upgrade_p50_ms: r3(upgrade.q(0.5)), upgrade_p99_ms: r3(upgrade.q(0.99)),
    server_cpu_s_per_million: roots.length && connect.n ? r3((d.cpu / connect.n) * 1e6) : null, server_cores: r3(d.server_cores), loadgen_cores: r3(d.loadgen_cores), other_cores: r3(d.other_cores), ...faults,
  }));
}

run().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
