"use strict";
// node breadth.js [--clients 100000] [--workers W] [--servers ours,node] [--node-clients N] [--rooms 20] [--rate 200] [--broadcasts 5]
// Many clients at a time: how fast they connect, what each of them takes, how long a broadcast needs until the last has it, and what a few small rooms
// notice of that meanwhile. The clients are shared out among several load processes, each with a source address of its own (127.0.0.2, 127.0.0.3 ...), since
// a process may open only so many descriptors and an address has only so many ports. Prints a line of JSON per server (and adds it to
// artifacts/bench/breadth.jsonl), a table at the end.
const fs = require("fs");
const os = require("os");
const path = require("path");
const { sleep, about } = require("./machine.js");
const { Probe } = require("./probe.js");
const { SERVERS, CLIENTS, start, startServer } = require("./processes.js");
const { median } = require("./results.js");

const option = (name, otherwise) => { const i = process.argv.indexOf("--" + name); return i < 0 || !process.argv[i + 1] ? otherwise : process.argv[i + 1]; };
const SPARE = 400, PORTS = 20000;
const START_SECONDS = 180, CONNECT_SECONDS = 1500, BROADCAST_SECONDS = 60, SETTLE_SECONDS = 10, WINDOW_SECONDS = 5, PAUSE_SECONDS = 1;
const IDLE_SECONDS = 25; // a ping to everybody
const NEEDED_KB = 100; // free memory per client, servers, kernel and load side together
const clients = +option("clients", 100000), nodeClients = +option("node-clients", clients), labels = option("servers", "ours,node").split(",");
const rooms = +option("rooms", 20), rate = +option("rate", 200), broadcasts = +option("broadcasts", 5);
const limit = descriptors(), perPart = Math.min(PORTS, limit - SPARE);
const fewest = (count) => Math.ceil(count / (limit - SPARE));
const workers = +option("workers", 0) || Math.max(3, fewest(Math.max(clients, nodeClients)));
const built = path.join(__dirname, "../artifacts/bench");
const commit = fs.existsSync(path.join(built, "commit")) ? fs.readFileSync(path.join(built, "commit"), "utf8").trim() : "unknown";

// The hard limit: both runtimes raise the soft one to it when they start.
function descriptors() {
  const [, hard] = /^Max open files\s+\S+\s+(\S+)/m.exec(fs.readFileSync("/proc/self/limits", "utf8"));
  return hard === "unlimited" ? Infinity : +hard;
}

const whole = (x) => x.toLocaleString("en");
const number = (x) => (x == null ? "–" : Math.abs(x) >= 1000 ? Math.round(x).toLocaleString("en") : String(+x.toPrecision(3)));
const countOf = (label) => (label === "node" ? nodeClients : clients);

// What stands in the way, in words; "" when nothing does.
function obstacle(count) {
  if (workers < fewest(count)) {
    const each = Math.ceil(count / workers);
    return `${whole(count)} clients on ${workers} workers are ${whole(each)} descriptors in each; a process here may open ${whole(limit)} (ulimit -Hn). `
      + `Take WORKERS=${fewest(count)}, or raise the hard limit to ${each + SPARE} `
      + "(as root: ulimit -n, prlimit --nofile, LimitNOFILE= of the unit, or --ulimit nofile= of the container).";
  }
  const available = +/^MemAvailable:\s+(\d+)/m.exec(fs.readFileSync("/proc/meminfo", "utf8"))[1];
  if (available >= count * NEEDED_KB) return "";
  return `${whole(count)} clients may take ${Math.round(count * NEEDED_KB / 1024)} MB, ${Math.round(available / 1024)} MB are free.`;
}

// One load process: commands go in, lines of JSON come out.
class Part {
  constructor(server, count, index) {
    const [program, ...first] = CLIENTS.fast;
    const own = ["--clients", count, "--source", `127.0.0.${index + 2}`, "--connect-timeout", 20000, "--rate", rate, "--pair-rooms", index ? 0 : rooms];
    this.count = count;
    this.lines = [];
    this.waiting = [];
    this.errors = "";
    this.child = start(program, [...first, "breadth", ...own.map(String), ...server.urls.flatMap((url) => ["--url", url])], "pipe");
    this.child.stdin.on("error", () => { /* it has ended; whoever waits for it is told */ });
    this.child.stderr.on("data", (data) => (this.errors += data));
    let text = "";
    this.child.stdout.on("data", (data) => {
      const lines = (text + data).split("\n");
      text = lines.pop();
      for (const line of lines) this.take(JSON.parse(line));
    });
    this.gone = new Promise((done) => this.child.on("close", (code) => {
      for (const { failed } of this.waiting.splice(0)) failed(new Error(`a load process ended with ${code}: ${this.errors.slice(0, 400)}`));
      done();
    }));
  }

  say(command) { this.child.stdin.write(command + "\n"); }

  take(line) {
    const i = this.waiting.findIndex(({ phase }) => phase === line.phase);
    if (i < 0) this.lines.push(line);
    else this.waiting.splice(i, 1)[0].done(line);
  }

  // The next line of that kind; fails when none comes in time.
  next(phase, seconds) {
    const i = this.lines.findIndex((line) => line.phase === phase);
    if (i >= 0) return Promise.resolve(this.lines.splice(i, 1)[0]);
    return new Promise((done, failed) => {
      const entry = { phase, failed, done: (line) => { clearTimeout(timer); done(line); } };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        failed(new Error(`no '${phase}' within ${seconds} s`));
      }, seconds * 1000);
      entry.failed = (error) => { clearTimeout(timer); failed(error); };
      this.waiting.push(entry);
    });
  }

  ask(command, phase = command, seconds = 20) {
    this.say(command);
    return this.next(phase, seconds);
  }
}

// What the server, the load side and others took between two moments.
class Meter {
  constructor(server, parts) {
    this.server = new Probe([server.pid]);
    this.load = new Probe(parts.map((part) => part.child.pid));
    this.again();
  }

  again() { this.from = [this.server.snap(), this.load.snap()]; }

  read() {
    const now = [this.server.snap(), this.load.snap()], [server, load] = [this.server, this.load].map((probe, i) => probe.diff(this.from[i], now[i]));
    this.from = now;
    return { cpu: server.cpu, cores: server.server_cores, load: load.server_cores, others: Math.max(0, server.other_cores - load.server_cores) };
  }
}

async function broadcast(parts, meter) {
  const before = meter.server.snap(), { at } = await parts[0].ask("broadcast", "sent");
  const all = await Promise.all(parts.map((part) => part.next("broadcast", BROADCAST_SECONDS)));
  const last = (key) => Math.max(...all.map((line) => line[key])) - at;
  const { cpu } = meter.server.diff(before, meter.server.snap());
  return { first: Math.min(...all.map((line) => line.first)) - at, half: last("half"), last: last("last"), cpu };
}

async function roomsFor(parts, meter, during) {
  await parts[0].ask("rooms-report", "rooms");
  meter.again();
  const result = await during();
  const line = await parts[0].ask("rooms-report", "rooms"), used = meter.read();
  return { p50_ms: line.p50_ms, p99_ms: line.p99_ms, max_ms: line.max_ms, count: line.count, used, result };
}

async function measure(label, server, parts) {
  const count = countOf(label), meter = new Meter(server, parts);
  await Promise.all(parts.map((part) => part.next("warm", 60)));
  await sleep(3000);
  const base = meter.server.mem().pss;
  meter.again();
  const connected = await Promise.all(parts.map((part) => part.ask("connect", "connected", CONNECT_SECONDS)));
  const connecting = meter.read(), began = Math.min(...connected.map((line) => line.start));
  const seconds = (Math.max(...connected.map((line) => line.connected)) - began) / 1000;
  await sleep(SETTLE_SECONDS * 1000);
  const memory = meter.server.mem().pss, loadMemory = meter.load.mem().pss;
  meter.again();
  await sleep(IDLE_SECONDS * 1000);
  const idle = meter.read();

  parts[0].say("rooms");
  await sleep(2000);
  const quiet = await roomsFor(parts, meter, () => sleep(WINDOW_SECONDS * 1000));
  await broadcast(parts, meter); // the first finds nothing compiled, and buffers that are not there yet
  await sleep(2000);
  const noisy = await roomsFor(parts, meter, async () => {
    const times = [];
    for (let i = 0; i < broadcasts; i++) { times.push(await broadcast(parts, meter)); await sleep(PAUSE_SECONDS * 1000); }
    return times;
  });
  parts[0].say("rooms-stop");
  await sleep(1000);
  const lost = await parts[0].ask("rooms-report", "rooms"), after = meter.server.mem().pss;
  const ends = await Promise.all(parts.map((part) => part.ask("end")));
  const sum = (key) => ends.reduce((total, line) => total + line[key], 0), of = (key) => +median(noisy.result.map((time) => time[key])).toFixed(1);
  const cut = (x) => +x.toFixed(3), times = { connecting, idle, quiet: quiet.used, broadcasts: noisy.used };
  const perClient = (mb) => +(((mb - base) * 1024) / count).toFixed(2);
  return {
    label, clients: count, workers, load_processes: parts.length, connects_per_s: Math.round(count / seconds), connect_seconds: cut(seconds),
    connect_and_join_cpu_s_per_million: Math.round((connecting.cpu / count) * 1e6),
    base_pss_mb: Math.round(base), pss_mb: Math.round(memory), pss_kb_per_client: perClient(memory),
    pss_kb_per_client_after_broadcasts: perClient(after), load_pss_kb_per_client: +((loadMemory * 1024) / count).toFixed(2), idle_server_cores: cut(idle.cores),
    broadcast_first_ms: of("first"), broadcast_half_ms: of("half"), broadcast_last_ms: of("last"),
    broadcast_last_worst_ms: +Math.max(...noisy.result.map(({ last }) => last)).toFixed(1),
    rooms_rate: rate, rooms_quiet_p50_ms: quiet.p50_ms, rooms_quiet_p99_ms: quiet.p99_ms,
    rooms_p50_ms: noisy.p50_ms, rooms_p99_ms: noisy.p99_ms, rooms_max_ms: noisy.max_ms,
    server_cpu_s_per_million_deliveries: +((noisy.result.reduce((total, { cpu }) => total + cpu, 0) / (broadcasts * count)) * 1e6).toFixed(2),
    lost: lost.sent - lost.received, dup: sum("dup"), reordered: sum("reordered"), wrong_values: sum("wrong_values"),
    closed_unexpectedly: sum("closed_unexpectedly"), stuck_connects: sum("stuck_connects"),
    late_joins: sum("late_joins"), outside: sum("outside"),
    other_cores: Object.fromEntries(Object.entries(times).map(([phase, used]) => [phase, cut(used.others)])),
    load_cores: cut(noisy.used.load), at: new Date().toISOString(), commit,
  };
}

async function run(label) {
  const count = countOf(label), parts = [];
  console.error(`${label}: ${count.toLocaleString("en")} clients, ${workers} workers`);
  const server = await startServer(SERVERS[label], workers, START_SECONDS);
  try {
    const processes = Math.max(Math.ceil(count / perPart), Math.min(os.cpus().length, Math.ceil(count / 1000)));
    for (let i = 0; i < processes; i++) parts.push(new Part(server, Math.floor(count / processes) + (i < count % processes ? 1 : 0), i));
    return await measure(label, server, parts);
  } finally {
    for (const part of parts) part.child.kill("SIGTERM");
    await Promise.all(parts.map((part) => part.gone));
    await server.stop();
  }
}

const LINES = {
  clients: "clients",
  connects_per_s: "connects/s",
  connect_and_join_cpu_s_per_million: "server CPU s per million connects and joins",
  pss_kb_per_client: "server memory per client, KB (PSS)",
  pss_kb_per_client_after_broadcasts: "the same after the broadcasts",
  idle_server_cores: "cores while all are idle",
  broadcast_half_ms: "broadcast to all: half have it, ms",
  broadcast_last_ms: "the last has it, ms",
  broadcast_last_worst_ms: "the slowest broadcast, ms",
  server_cpu_s_per_million_deliveries: "server CPU s per million deliveries of them",
  rooms_quiet_p50_ms: "small rooms without broadcasts, p50 ms",
  rooms_quiet_p99_ms: "small rooms without broadcasts, p99 ms",
  rooms_p50_ms: "small rooms during the broadcasts, p50 ms",
  rooms_p99_ms: "small rooms during the broadcasts, p99 ms",
  closed_unexpectedly: "clients cut off",
  stuck_connects: "handshakes made again",
  late_joins: "joins without an answer within 20 s, asked again",
  outside: "clients that never got into the room",
};

function print(rows) {
  console.log(`\n${about(rows)} ${workers} workers; ${rooms} rooms of two with ${rate} messages/s in all; ${broadcasts} broadcasts, medians.\n`);
  console.log(`| | ${rows.map((row) => row.label).join(" | ")} |\n|---|${"---|".repeat(rows.length)}`);
  for (const [key, title] of Object.entries(LINES)) console.log(`| ${title} | ${rows.map((row) => number(row[key])).join(" | ")} |`);
  const others = rows.map((row) => Object.values(row.other_cores).map(number).join(", "));
  console.log(`| others' cores: ${Object.keys(rows[0].other_cores).join(", ")} | ${others.join(" | ")} |`);
  for (const row of rows) {
    const wrong = ["lost", "dup", "reordered", "wrong_values"].filter((key) => row[key]).map((key) => `${key} ${row[key]}`);
    if (wrong.length) { console.log(`\n${row.label}: ${wrong.join(", ")}.`); process.exitCode = 1; }
    if (Object.values(row.other_cores).some((cores) => cores > 0.25)) console.log(`\n${row.label} was disturbed: others took more than a quarter of a core.`);
  }
}

async function main() {
  for (const label of labels) if (!SERVERS[label]) throw new Error(`There is no server '${label}'.`);
  const rows = [];
  for (const label of labels) {
    const why = obstacle(countOf(label));
    if (why) { console.error(`${label}: ${why}`); process.exitCode = 2; continue; }
    try {
      const row = await run(label);
      rows.push(row);
      console.log(JSON.stringify(row));
      fs.appendFileSync(path.join(built, "breadth.jsonl"), JSON.stringify(row) + "\n");
    } catch (error) {
      console.error(`${label}: ${error.message}`);
      process.exitCode = 1;
    }
  }
  if (rows.length) print(rows);
}

main();
