"use strict";
// node report.js RUNS.jsonl COMMIT -> a Markdown table: ours beside the original, and the ratio run by run (median, min–max).
// A row with a lost, doubled or wrong message gets no ratio.
const fs = require("fs");
const os = require("os");
const { execFileSync } = require("child_process");
const rows = fs.readFileSync(process.argv[2], "utf8").trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
const sort = (list) => [...list].sort((a, b) => a - b);
const median = (list) => { const s = sort(list), n = s.length; return n % 2 ? s[(n - 1) / 2] : (s[n / 2 - 1] + s[n / 2]) / 2; };
const number = (x) => (Math.abs(x) >= 1000 ? Math.round(x).toLocaleString("en") : String(+x.toPrecision(3)));
const spread = (list) => (list.length ? `${number(median(list))} (${number(Math.min(...list))}–${number(Math.max(...list))})` : "–");
const damage = (row) => (row.lost || 0) + (row.dup || 0) + (row.wrong_values || 0);
const figures = [["CPU s/million", "server_cpu_s_per_million"], ["p50 ms", "p50_ms"], ["p99 ms", "p99_ms"], ["MB per 1,000 idle", "pss_mb_per_1000"]];

const of = (name, workers, label) => rows.filter((row) => row.name === name && row.workers === workers && row.label === label);
const pairs = (name, workers, key) => {
  const node = of(name, workers, "node"), ours = of(name, workers, "ours");
  return ours.map((row) => [row[key], node.find((other) => other.run === row.run)?.[key]]).filter(([a, b]) => a != null && b);
};

const dotnet = execFileSync("dotnet", ["--version"], { encoding: "utf8" }).trim();
console.log(`# ${new Date().toISOString().slice(0, 10)}, commit ${process.argv[3]}\n`);
console.log(`${os.cpus().length} × ${os.cpus()[0].model.trim()}, ${Math.round(os.totalmem() / 2 ** 30)} GiB; .NET SDK ${dotnet}, Node ${process.version},`);
console.log("socket.io 4.8.4 + cluster-adapter 0.3.0 + sticky 2.0.1. Runs alternate; median (min–max). CPU is user + system of the whole process tree.\n");
console.log("| scenario | workers | figure | ours | Node | ours ÷ Node | load generator, cores |\n|---|---|---|---|---|---|---|");
for (const name of [...new Set(rows.map((row) => row.name))]) {
  for (const workers of [...new Set(rows.map((row) => row.workers))]) {
    const node = of(name, workers, "node"), ours = of(name, workers, "ours");
    const broken = [...node, ...ours].reduce((sum, row) => sum + damage(row), 0);
    for (const [title, key] of figures) {
      const values = (list) => list.map((row) => row[key]).filter((x) => x != null);
      if (!values(ours).length && !values(node).length) continue;
      const ratio = broken ? `none: ${broken} lost, doubled or wrong` : spread(pairs(name, workers, key).map(([a, b]) => a / b));
      const load = spread(ours.map((row) => row.loadgen_cores).filter((x) => x != null));
      console.log(`| ${name} | ${workers} | ${title} | ${spread(values(ours))} | ${spread(values(node))} | ${ratio} | ${load} |`);
    }
  }
}
