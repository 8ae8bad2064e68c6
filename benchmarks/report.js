"use strict";
// node report.js RUNS.jsonl [--only REGEX] -> Markdown: ours beside the original, and the ratio run by run (median, min–max).
// A scenario with a lost, doubled, damaged or reordered message, or a client cut off, gets no ratio.
const fs = require("fs");
const { about } = require("./machine.js");
const { rowsOf, median, pairs, damage } = require("./results.js");

const option = (name, otherwise) => { const i = process.argv.indexOf("--" + name); return i < 0 ? otherwise : process.argv[i + 1]; };
const only = new RegExp(option("only", "."));
const rows = rowsOf(fs.readFileSync(process.argv[2], "utf8")).filter((row) => only.test(row.name));
const scenarios = require("./scenarios.json").filter((scenario) => rows.some((row) => row.name === scenario.name));

const number = (x) => (Math.abs(x) >= 1000 ? Math.round(x).toLocaleString("en") : String(+x.toPrecision(3)));
const values = (list, key) => list.map((row) => row[key]).filter((value) => value != null);
const spread = (list) => (!list.length ? "–" : list.length === 1 ? number(list[0]) : `${number(median(list))} (${number(Math.min(...list))}–${number(Math.max(...list))})`);
const share = (row) => row.loadgen_cores / (row.loadgen_cores + row.server_cores);

function ratio(all, key, label = "ours") {
  const broken = damage(all, [label, "node"]);
  return broken ? `none: ${broken}` : spread(pairs(all, key, label).map(([server, node]) => server / node));
}

function verdict(all, key, target) {
  if (target == null) return "";
  const list = damage(all) ? [] : pairs(all, key).map(([ours, node]) => ours / node);
  return `${target} ${!list.length ? "?" : median(list) <= target ? "✓" : "✗"}`;
}

function table(heads, lines) {
  if (!lines.length) return;
  console.log(`| ${heads.join(" | ")} |\n|${heads.map(() => "---").join("|")}|`);
  for (const line of lines) console.log(`| ${line.join(" | ")} |`);
  console.log();
}

// One line per scenario and number of workers that has the figure; those of one process without a cluster have tables of their own.
function lines(key, cells, some = scenarios.filter((scenario) => scenario.workers !== 0)) {
  return some.flatMap((scenario) => [...new Set(rows.map((row) => row.workers))].flatMap((workers) => {
    const all = rows.filter((row) => row.name === scenario.name && row.workers === workers);
    if (!values(all, key).length) return [];
    const ours = all.filter((row) => row.label === "ours"), node = all.filter((row) => row.label === "node");
    return [[workers === 2 || scenario.workers != null ? scenario.title : `${scenario.title}, ${workers} workers`, ...cells(ours, node, all, scenario.reach || {})]];
  }));
}

const client = [...new Set(rows.map((row) => row.client))].join(" and ");
console.log(`# ${about(rows)}\n`);
console.log(`Load client: ${client}. The servers take turns, a fresh one for every run; median (min–max) over the runs, ratios run by run. Workers: ${[...new Set(rows.map((row) => row.workers || "none (one process)"))].join(", ")}.\n`);

const clustered = rows.some((row) => row.workers !== 0);
if (clustered) console.log("## Server CPU seconds (user + system, whole process tree) per million deliveries, messages, round trips, calls or connects\n");
if (rows.some((row) => row.label === "floor")) console.log("The floor is a server that does nothing but what the row needs, with one thread per worker and no protocol: what the kernel costs here.\n");
// Our server with the clients on the loop stands beside it where it was measured (LOOP=1).
const loops = rows.some((row) => row.label === "ours-loop" && row.workers !== 0);
const withLoop = (...heads) => (loops ? heads : []);
const looped = (all, key) => withLoop(damage(all, ["ours-loop"]) || spread(values(all.filter((row) => row.label === "ours-loop"), key)), ratio(all, key, "ours-loop"));

table(["scenario", "ours", "Node", "ours ÷ Node", ...withLoop("clients on the loop", "÷ Node"), "to reach", "floor", "floor ÷ Node", "per second, ours", "per second, Node", "load client's share of the CPU, ours / Node"],
  lines("server_cpu_s_per_million", (ours, node, all, reach) => [
    spread(values(ours, "server_cpu_s_per_million")), spread(values(node, "server_cpu_s_per_million")), ratio(all, "server_cpu_s_per_million"), ...looped(all, "server_cpu_s_per_million"), verdict(all, "server_cpu_s_per_million", reach.cpu),
    damage(all, ["floor"]) || spread(values(all.filter((row) => row.label === "floor"), "server_cpu_s_per_million")), ratio(all, "server_cpu_s_per_million", "floor"),
    spread(values(ours, "deliveries_per_s")), spread(values(node, "deliveries_per_s")),
    [ours, node].map((list) => (list.length ? `${Math.round(100 * median(list.map(share)))} %` : "–")).join(" / "),
  ]));

if (clustered) console.log("## Latency, ms\n");
table(["scenario", "p50 ours", "p50 Node", "ours ÷ Node", ...withLoop("clients on the loop", "÷ Node"), "to reach", "p99 ours", "p99 Node", "ours ÷ Node",
  ...withLoop("clients on the loop", "÷ Node"), "to reach"], lines("p50_ms", (ours, node, all, reach) => ["p50_ms", "p99_ms"].flatMap((key) =>
    [spread(values(ours, key)), spread(values(node, key)), ratio(all, key), ...looped(all, key), verdict(all, key, reach[key.slice(0, 3)])])));

const acks = lines("ack_p50_ms", (ours, node, all, reach) => [
  ...["ack_p50_ms", "ack_p99_ms"].flatMap((key) => [spread(values(ours, key)), spread(values(node, key)), ratio(all, key), ...(key === "ack_p50_ms" ? [verdict(all, key, reach.ack)] : [])]),
  spread(values(ours, "upgrade_p50_ms")), spread(values(node, "upgrade_p50_ms")),
]);
if (acks.length) console.log("## From the first request to the first answer (ack), and to the WebSocket, ms\n");
table(["scenario", "p50 ours", "p50 Node", "ours ÷ Node", "to reach", "p99 ours", "p99 Node", "ours ÷ Node", "WebSocket, p50 ours", "p50 Node"], acks);

const memory = lines("pss_mb_per_1000", (ours, node, all, reach) => [
  spread(values(ours, "pss_mb_per_1000")), spread(values(node, "pss_mb_per_1000")), ratio(all, "pss_mb_per_1000"), verdict(all, "pss_mb_per_1000", reach.memory),
  spread(values(ours, "base_pss_mb")), spread(values(node, "base_pss_mb")), spread(values(ours, "idle_server_cores")), spread(values(node, "idle_server_cores")),
]);
if (memory.length) console.log("## Memory (PSS of the whole process tree), MB\n");
table(["scenario", "ours", "Node", "ours ÷ Node", "to reach", "before the first client, ours", "Node", "cores while idle, ours", "Node"], memory);

// Everything beside the original in one plain process.
const ONE = { ours: "ours", "ours-loop": "ours, clients on the loop", node: "Node", bun: "Bun", "bun-bare": "bare Bun" };
const one = scenarios.filter((scenario) => scenario.workers === 0);
const compared = Object.keys(ONE).filter((label) => label !== "node");
function onTheirOwn(key) {
  table(["scenario", ...Object.values(ONE), ...compared.map((label) => `${ONE[label]} ÷ Node`)], lines(key, (ours, node, all) => [
    ...Object.keys(ONE).map((label) => spread(values(all.filter((row) => row.label === label), key))), ...compared.map((label) => ratio(all, key, label)),
  ], one));
}
if (one.length) {
  console.log("## One process, no cluster\n\nBun: the original on `@socket.io/bun-engine`. Bare Bun: its native publish-subscribe without checks or heartbeat, text only, a mark and no server to use.\n");
  for (const [key, title] of [["server_cpu_s_per_million", "Server CPU seconds per million"], ["deliveries_per_s", "Per second"], ["p50_ms", "p50, ms"], ["p99_ms", "p99, ms"]]) {
    console.log(`${title}:\n`);
    onTheirOwn(key);
  }
}

const noisy = rows.filter((row) => row.other_cores > 0.25 || row.slowness > 1.25);
console.log(noisy.length ? `Disturbed runs (others on the machine, or a slow host): ${noisy.map((row) => `${row.name} run ${row.run} ${row.label}: ${row.other_cores} cores, ${row.slowness} ×`).join("; ")}.`
  : `No run was disturbed: others took at most ${Math.max(...rows.map((row) => row.other_cores))} cores.`);
const retried = rows.filter((row) => row.label !== "floor").reduce((sum, row) => sum + (row.stuck_connects || 0) + (row.failed || 0), 0);
if (retried) console.log(`\nHandshakes that had to be made again: ${["ours", "node"].map((label) => `${label} ${rows.filter((row) => row.label === label).reduce((sum, row) => sum + (row.stuck_connects || 0) + (row.failed || 0), 0)}`).join(", ")}.`);
