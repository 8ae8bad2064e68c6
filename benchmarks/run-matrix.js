"use strict";
// node run-matrix.js OUT.jsonl [--only REGEX] [--all] [--runs 3] [--workers 2[,4]] [--load fast|node] [--servers node,ours[,floor]] [--server NAME=COMMAND]
//                    [--max-other 0.25] [--attempts 3] [--patience 60] [--warmup 3] [--duration 5] [--budget SECONDS] [--scenarios FILE] [--keep]
// Scenario by scenario the servers take turns (A B A B ...), a fresh one for every run, or with --keep one each for all of them; a line of JSON per run is appended to OUT. What OUT has already
// is not run again, so an interrupted matrix goes on where it was. A run that others on the machine disturbed is repeated, the least disturbed one kept.
const fs = require("fs");
const path = require("path");
const { sleep, slowness, quiet } = require("./machine.js");
const { Probe } = require("./probe.js");
const { SERVERS, CLIENTS, startServer, runLoad } = require("./processes.js");

const out = process.argv[2];
const option = (name, otherwise) => { const i = process.argv.indexOf("--" + name); return i < 0 ? otherwise : process.argv[i + 1]; };
const all = process.argv.includes("--all"), keeps = process.argv.includes("--keep");
const only = new RegExp(option("only", "."));
const runs = +option("runs", 3), workersList = option("workers", "2").split(",").map(Number), client = option("load", "fast");
const maxOther = +option("max-other", 0.25), attempts = +option("attempts", 3), SLOW = 1.25, quietSeconds = +option("patience", 60), budget = +option("budget", Infinity);
const times = `--warmup ${option("warmup", 3)} --duration ${option("duration", 5)}`;
const added = new Set();
for (const [i, name] of process.argv.entries()) {
  if (name !== "--server") continue;
  const [label, ...command] = process.argv[i + 1].split("=");
  SERVERS[label] = command.join("=");
  added.add(label);
}
const labels = option("servers", "node,ours").split(",");
for (const label of labels) if (!SERVERS[label]) throw new Error(`There is no server '${label}'.`);
if (!CLIENTS[client]) throw new Error(`There is no load client '${client}'; LOAD is fast or node.`);

const wanted = require(path.resolve(__dirname, option("scenarios", "scenarios.json"))).filter((scenario) => (all || scenario.main || option("only", null)) && only.test(scenario.name));
if (!wanted.length) throw new Error(`No scenario matches ${only}.`);
const plan = wanted.flatMap((scenario) => (scenario.workers != null ? [scenario.workers] : workersList).flatMap((workers) => Array.from({ length: runs }, (_, i) => i + 1)
  .flatMap((run) => serversOf(scenario).map((label) => ({ scenario, workers, run, label })))));
// A scenario may name its servers (those of one process are others); what --server adds comes along.
function serversOf(scenario) {
  if (scenario.servers) return [...scenario.servers, ...labels.filter((label) => added.has(label))];
  return labels.filter((label) => label !== "floor" || scenario.floor);
}

const finished = new Set(fs.existsSync(out) ? fs.readFileSync(out, "utf8").split("\n").filter(Boolean).map((line) => keyOf(JSON.parse(line))) : []);
const left = plan.filter((item) => !finished.has(keyOf({ ...item, name: item.scenario.name })));

function keyOf(row) { return [row.name, row.workers, row.run, row.label].join("|"); }

const kept = new Map();
async function serverFor(label, workers) {
  const key = `${label}|${workers}`, server = kept.get(key) ?? await startServer(SERVERS[label], workers);
  if (keeps) kept.set(key, server);
  return server;
}

async function letGo(label, workers, server, failed) {
  if (keeps && !failed) return;
  kept.delete(`${label}|${workers}`);
  await server?.stop();
}

// The servers that are kept meanwhile are not strangers on the machine; what they take while they serve nobody stands in the row.
function withoutKept(row, others) {
  if (!others.length) return;
  row.kept_cores = Object.fromEntries(others.map(({ name, probe, before }) => [name, +probe.diff(before, probe.snap()).server_cores.toFixed(3)]));
  row.other_cores = +Math.max(0, row.other_cores - Object.values(row.kept_cores).reduce((sum, cores) => sum + cores, 0)).toFixed(6);
}

async function attempt({ scenario, workers, label }) {
  const waitUntil = Date.now() + quietSeconds * 1000;
  await quiet(maxOther, quietSeconds);
  let before = slowness();
  while (before > SLOW && Date.now() < waitUntil) { await sleep(3000); before = slowness(); }
  let server = null, row = null;
  try {
    server = await serverFor(label, workers);
    // "idle" has times of its own
    const others = [...kept].filter(([, other]) => other !== server).map(([key, other]) => { const probe = new Probe([other.pid]); return { name: key.split("|")[0], probe, before: probe.snap() }; });
    row = await runLoad(scenario.client ?? client, scenario.load.includes("--duration") ? scenario.load : `${scenario.load} ${times}`, server, label, workers);
    if (row) withoutKept(row, others);
  } catch (error) {
    console.error(String(error));
  }
  await letGo(label, workers, server, !row);
  if (row) row.slowness = +Math.max(before, slowness()).toFixed(3);
  return row;
}

const disturbed = (row) => row.other_cores > maxOther || row.slowness > SLOW;
const disturbance = (row) => row.other_cores + Math.max(0, row.slowness - SLOW);

async function measure(item) {
  let best = null;
  for (let i = 0; i < attempts; i++) {
    const row = await attempt(item);
    if (row && (!best || disturbance(row) < disturbance(best))) best = row;
    if ((row && !disturbed(row)) || Date.now() - started > budget * 500) break;
    if (i + 1 < attempts) console.error(`        ${row ? `disturbed: others ${row.other_cores} cores, machine ${row.slowness} × its best time` : "failed"}; again`);
  }
  return best;
}

function progress(number, row) {
  const minutes = Math.ceil(((Date.now() - started) / number) * (left.length - number) / 60000);
  const figures = row.scenario === "idle" ? `${row.pss_mb_per_1000} MB per 1,000`
    : `${row.deliveries_per_s}/s, p50 ${row.p50_ms} ms, p99 ${row.p99_ms} ms,${row.ack_p50_ms == null ? "" : ` first ack ${row.ack_p50_ms} ms, upgraded ${row.upgrade_p50_ms} ms,`} ${row.server_cpu_s_per_million} CPU s/million, cores: server ${row.server_cores}, client ${row.loadgen_cores}, others ${row.other_cores}`;
  console.error(`[${number}/${left.length}] ${row.name} (${row.workers || "no"} workers) run ${row.run} ${row.label}: ${figures}; ${minutes} min left`);
}

const built = path.join(__dirname, "../artifacts/bench/commit");
const commit = fs.existsSync(built) ? fs.readFileSync(built, "utf8").trim() : "unknown";
const started = Date.now();
async function run() {
  if (left.length < plan.length) console.error(`${plan.length - left.length} of ${plan.length} runs are there already`);
  for (let i = 0; i < 3; i++) slowness();
  for (const [i, item] of left.entries()) {
    if (Date.now() - started > budget * 1000) { console.error(`the ${budget} s are over, ${left.length - i} runs are left out`); break; }
    const row = await measure(item);
    if (!row) { console.error(`[${i + 1}/${left.length}] ${item.scenario.name} run ${item.run} ${item.label}: given up`); process.exitCode = 1; continue; }
    Object.assign(row, { name: item.scenario.name, workers: item.workers, run: item.run, at: new Date().toISOString(), commit });
    fs.appendFileSync(out, JSON.stringify(row) + "\n");
    progress(i + 1, row);
  }
}

run().finally(() => Promise.all([...kept.values()].map((server) => server.stop())));
