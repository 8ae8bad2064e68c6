"use strict";
// node growth-report.js RUNS.jsonl -> Markdown: a table and a fitted line per growth curve.
const fs = require("fs");
const { about } = require("./machine.js");
const { rowsOf, median, damage } = require("./results.js");
const points = require("./growth-scenarios.js");

const rows = rowsOf(fs.readFileSync(process.argv[2], "utf8"));
const number = (x) => (x == null ? "–" : Math.abs(x) >= 1000 ? Math.round(x).toLocaleString("en") : String(+x.toPrecision(3)));
const cost = (row) => row.server_cpu_s_per_million; // microseconds per delivery

// What each curve changes, the figure it shows, and the line that is laid through it: figure = a + b * of(x).
const CURVES = {
  clients: { title: "Fan-out over the number of clients", what: "clients in the room (64 B, closed loop, two workers)", of: (x) => 1 / x, line: "a per delivery + b per broadcast ÷ clients" },
  rooms: { title: "Fan-out while other rooms exist", what: "rooms in the namespace (200 clients in the one that is used, 64 B)", of: (x) => x / 1e5, line: "a + b per 100,000 rooms" },
  pairs: { title: "Point to point over the number of rooms", what: "rooms of two (64 B, closed loop, two workers)", of: (x) => x / 1000, line: "a + b per 1,000 rooms" },
  joins: { title: "Joins and leaves while rooms exist", what: "rooms in the namespace (200 clients join and leave rooms of their own)", of: (x) => x / 1e5, line: "a + b per 100,000 rooms" },
  workers: { title: "Fan-out over the number of workers", what: "workers (600 clients, 64 B, closed loop)", of: (x) => x - 1, line: "a + b per further worker" },
  hops: { title: "Point to point over the number of workers", what: "workers (300 rooms of two, 64 B, closed loop)", of: (x) => x - 1, line: "a + b per further worker", from: 2 },
  "hops-4k": { title: "Point to point of 4 KB over the number of workers", what: "workers (300 rooms of two, 4 KB, closed loop)", of: (x) => x - 1, line: "a + b per further worker", from: 2 },
  idle: { title: "Workers that do nothing", what: "workers (12 clients that do nothing)", of: (x) => x, line: "a + b per worker", figure: (row) => row.idle_server_cores * 1000, unit: "thousandths of a core" },
  payload: { title: "Fan-out over the payload", what: "payload, bytes (100 clients, closed loop, two workers)", of: (x) => x / 1024, line: "a + b per KB" },
};

// Least squares of the relative error.
function fit(pairs) {
  let s = 0, st = 0, stt = 0, sy = 0, sty = 0;
  for (const [t, y] of pairs) {
    const w = 1 / (y * y);
    s += w; st += w * t; stt += w * t * t; sy += w * y; sty += w * t * y;
  }
  const b = (s * sty - st * sy) / (s * stt - st * st);
  return { a: (sy - b * st) / s, b };
}

console.log(`# Growth: ${about(rows)}\n`);
console.log("Server CPU in microseconds (seconds per million) unless said otherwise; median of the runs. The line is fitted to the relative errors.");
for (const [curve, { title, what, of, line, from = 0, figure = cost, unit = "CPU µs" }] of Object.entries(CURVES)) {
  const own = points.filter((point) => point.curve === curve).map((point) => ({ ...point, rows: rows.filter((row) => row.name === point.name) })).filter((point) => point.rows.length);
  if (!own.length) continue;
  const at = (point, label, value) => { const list = point.rows.filter((row) => row.label === label); return list.length && !damage(list) ? median(list.map(value)) : null; };
  console.log(`\n## ${title}\n\n| ${what} | ours, ${unit} | Node, ${unit} | ours ÷ Node | per second, ours | Node | p50 ms, ours | Node | others, cores |\n|---|---|---|---|---|---|---|---|---|`);
  for (const point of own) {
    const ours = at(point, "ours", figure), node = at(point, "node", figure), broken = damage(point.rows);
    const both = (key) => ["ours", "node"].map((label) => number(at(point, label, (row) => row[key]))).join(" | ");
    console.log(`| ${point.x.toLocaleString("en")} | ${number(ours)} | ${number(node)} | ${broken || number(ours != null && node ? ours / node : null)} | ${both("deliveries_per_s")} | ${both("p50_ms")} | ${number(Math.max(...point.rows.map((row) => row.other_cores)))} |`);
  }
  for (const label of ["ours", "node"]) {
    const pairs = own.filter((point) => point.x >= from).map((point) => [of(point.x), at(point, label, figure)]).filter(([, y]) => y > 0);
    if (pairs.length < 3) continue;
    const { a, b } = fit(pairs);
    console.log(`\n${label}: ${line}: a = ${number(a)}, b = ${number(b)} ${unit}.`);
  }
}
