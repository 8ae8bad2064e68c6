"use strict";
// node members.js [--workers 6,40] [--transports own,dotnetty] [--settle 15] [--seconds 20] [--interval 3000]
// What members cost that serve nobody: memory, descriptors, threads and CPU of each worker and of the primary, once all of them see each other.
// Prints a line of JSON per server (and adds it to artifacts/bench/members.jsonl), a table at the end.
const fs = require("fs");
const path = require("path");
const { sleep, about } = require("./machine.js");
const { Probe, mem } = require("./probe.js");
const { SERVERS, startServer } = require("./processes.js");
const { median } = require("./results.js");

const option = (name, otherwise) => { const i = process.argv.indexOf("--" + name); return i < 0 || !process.argv[i + 1] ? otherwise : process.argv[i + 1]; };
const TRANSPORTS = { own: "auto", dotnetty: "dotnetty" };
// Many of them are slow to answer each other on a few cores; nobody is to be given up for that. How often they ask each other stays the same.
const PATIENCE = "--hocon akka.cluster.failure-detector.acceptable-heartbeat-pause=60s,akka.cluster.shutdown-after-unsuccessful-join-seed-nodes=off,"
  + "akka.cluster.split-brain-resolver.down-all-when-unstable=off";
const START_SECONDS = 60, MORE_PER_WORKER = 15;
const INTERVAL = +option("interval", 3000), AT_ONCE = 10; // with more workers than that: milliseconds between two starts, else compiling all of them takes the time to find each other
const counts = option("workers", "6,40").split(",").map(Number), transports = option("transports", "own,dotnetty").split(",");
const settle = +option("settle", 15), seconds = +option("seconds", 20);
const built = path.join(__dirname, "../artifacts/bench");
const commit = fs.existsSync(path.join(built, "commit")) ? fs.readFileSync(path.join(built, "commit"), "utf8").trim() : "unknown";

const number = (x) => (Math.abs(x) >= 1000 ? Math.round(x).toLocaleString("en") : String(+x.toPrecision(3)));
// What each descriptor stands for; one that is closed meanwhile is left out.
const targetOf = (file) => { try { return [fs.readlinkSync(file)]; } catch { return []; } };
const descriptorsOf = (pid) => fs.readdirSync(`/proc/${pid}/fd`).flatMap((fd) => targetOf(`/proc/${pid}/fd/${fd}`));
const threadsOf = (pid) => +/^Threads:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))[1];

function processOf(pid, used, time) {
  const descriptors = descriptorsOf(pid);
  return {
    pid: +pid, pss_mb: +mem(pid).pss.toFixed(1), descriptors: descriptors.length, sockets: descriptors.filter((target) => target.startsWith("socket:")).length,
    threads: threadsOf(pid), cpu_ms_per_s: +((used * 1000) / time).toFixed(2),
  };
}

async function measure(workers, transport) {
  const began = performance.now();
  const interval = workers > AT_ONCE ? INTERVAL : 0;
  const server = await startServer(`env CLUSTER_TRANSPORT=${TRANSPORTS[transport]} ${SERVERS.ours} ${PATIENCE} --start-interval ${interval}`, workers, START_SECONDS + MORE_PER_WORKER * workers);
  try {
    const ready = (performance.now() - began) / 1000;
    await sleep(settle * 1000);
    const probe = new Probe([server.pid]), before = probe.snap();
    await sleep(seconds * 1000);
    const after = probe.snap(), used = probe.diff(before, after);
    const cpu = (pid) => after.per[pid].u + after.per[pid].s - before.per[pid].u - before.per[pid].s;
    const own = processOf(server.pid, cpu(server.pid), used.dt);
    const others = Object.keys(after.per).filter((pid) => +pid !== server.pid && before.per[pid]).map((pid) => processOf(pid, cpu(pid), used.dt));
    if (others.length !== workers) throw new Error(`${others.length} of ${workers} workers are there`);
    return {
      workers, transport, ready_seconds: +ready.toFixed(1), primary: own, each: others,
      server_cores: +used.server_cores.toFixed(3), other_cores: +used.other_cores.toFixed(3), at: new Date().toISOString(), commit,
    };
  } finally {
    await server.stop();
  }
}

const KEYS = { pss_mb: "PSS, MB", descriptors: "descriptors", sockets: "sockets among them", threads: "threads", cpu_ms_per_s: "CPU, ms/s" };

function print(rows) {
  console.log(`\n${about(rows)} No clients; a worker: median (least–most).\n`);
  const heads = Object.values(KEYS).flatMap((title) => [`${title}: a worker`, "primary"]);
  console.log(`| workers | transport | ready after, s | ${heads.join(" | ")} | all, cores | others, cores |`);
  console.log(`|---|---|---|${"---|".repeat(2 * Object.keys(KEYS).length)}---|---|`);
  for (const row of rows) {
    const cells = Object.keys(KEYS).flatMap((key) => {
      const list = row.each.map((each) => each[key]);
      return [`${number(median(list))} (${number(Math.min(...list))}–${number(Math.max(...list))})`, number(row.primary[key])];
    });
    console.log(`| ${row.workers} | ${row.transport} | ${row.ready_seconds} | ${cells.join(" | ")} | ${row.server_cores} | ${row.other_cores} |`);
  }
}

async function main() {
  const rows = [];
  const unknown = transports.find((transport) => !TRANSPORTS[transport]);
  if (unknown) throw new Error(`There is no transport '${unknown}': ${Object.keys(TRANSPORTS).join(", ")}.`);
  for (const workers of counts) for (const transport of transports) {
    console.error(`${workers} workers, ${transport}`);
    try {
      const row = await measure(workers, transport);
      rows.push(row);
      console.log(JSON.stringify(row));
      fs.appendFileSync(path.join(built, "members.jsonl"), JSON.stringify(row) + "\n");
    } catch (error) {
      console.error(`${workers} workers, ${transport}: ${error.message}`);
      process.exitCode = 1;
    }
  }
  if (rows.length) print(rows);
}

main();
