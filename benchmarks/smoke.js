"use strict";
// node smoke.js RUNS.jsonl [--update] : compares the ratios ours ÷ Node of a short run with those of expected.json. Fails when a figure of a main row is more than 30 %
// worse; says so, and by how much. A run that others on the machine disturbed, or during which the machine was slower for one server than for the other, does not count; a row
// without one that does, or whose runs do not agree with each other, is not judged; when none can be, that is the result.
// A row that should have been measured and was not is not judged either; a server of ours that takes a fifth of a core while it serves nobody fails.
// --only REGEX: the rows that should be there. --update writes the medians into expected.json instead; --again prints the names of those that did not pass, for another try.
const fs = require("fs");
const path = require("path");
const { rowsOf, median, pairs, damage } = require("./results.js");

const EXPECTED = path.join(__dirname, "expected.json");
const WORSE = 1.3, OTHERS = 0.35, UNEVEN = 1.3, IDLE = 0.2;
const only = new RegExp(process.argv.includes("--only") ? process.argv[process.argv.indexOf("--only") + 1] : ".");
const rows = rowsOf(fs.readFileSync(process.argv[2], "utf8"));
const scenarios = require("./scenarios.json");

// The figures a row is judged by; expected.json has one number, or one for each of several.
const keysOf = (name) => scenarios.find((scenario) => scenario.name === name).judge ?? [name === "idle" ? "pss_mb_per_1000" : "server_cpu_s_per_million"];
const expectedOf = (expected, key) => (typeof expected === "number" ? expected : expected[key]);

const uneven = (a, b) => Math.max(a.slowness, b.slowness) / Math.min(a.slowness, b.slowness) > UNEVEN;

// Ours ÷ Node of each run of a row that counts.
function ratios(key, all) {
  const disturbed = new Set(all.filter((row) => row.other_cores > OTHERS || all.some((other) => other.run === row.run && uneven(row, other))).map((row) => row.run));
  return pairs(all.filter((row) => !disturbed.has(row.run)), key).map(([ours, node]) => ours / node);
}

function update() {
  const expected = fs.existsSync(EXPECTED) ? JSON.parse(fs.readFileSync(EXPECTED, "utf8")) : {};
  for (const { name } of scenarios) {
    const all = rows.filter((row) => row.name === name), lists = keysOf(name).map((key) => [key, ratios(key, all)]).filter(([, list]) => list.length);
    if (all.length && !lists.length) console.log(`${name}: no run that was not disturbed`);
    if (!lists.length) continue;
    if (damage(all)) throw new Error(`${name}: ${damage(all)}`);
    const found = lists.map(([key, list]) => [key, +median(list).toPrecision(3)]);
    expected[name] = found.length === 1 ? found[0][1] : Object.fromEntries(found);
  }
  fs.writeFileSync(EXPECTED, JSON.stringify(expected, null, 2) + "\n");
  console.log(`${Object.keys(expected).length} ratios written to ${path.basename(EXPECTED)}`);
}

// "pass", "fail" or "unclear", and the words for it.
function judge(name, expected) {
  const all = rows.filter((row) => row.name === name);
  const broken = damage(all);
  if (broken) return ["fail", broken];
  const idle = median(all.filter((row) => row.kept_cores?.ours != null).map((row) => row.kept_cores.ours));
  if (idle > IDLE) return ["fail", `ours takes ${idle} cores while it serves nobody`];
  for (const side of ["ours", "node"]) if (!all.some((row) => row.label === side)) return ["unclear", `${side} was not measured`];
  const judged = keysOf(name).map((key) => judgeFigure(key, all, expectedOf(expected, key)));
  const worst = ["fail", "unclear", "pass"].find((verdict) => judged.some(([each]) => each === verdict));
  return [worst, judged.map(([, words], i) => (judged.length > 1 ? `${keysOf(name)[i]} ${words}` : words)).join("; ")];
}

function judgeFigure(key, all, expected) {
  const list = ratios(key, all);
  if (!list.length) return ["unclear", `others on the machine took ${Math.max(...all.map((row) => row.other_cores)).toFixed(2)} cores, or it changed its speed (${all.map((row) => row.slowness).join(", ")} × its best time)`];
  const found = median(list), off = found / expected, percent = `${off >= 1 ? "+" : "−"}${Math.round(Math.abs(off - 1) * 100)} %`;
  const words = `ours ÷ Node ${found.toPrecision(3)}, expected ${expected} (${percent})`;
  if (off <= WORSE) return ["pass", words];
  if (Math.min(...list) / expected <= WORSE) return ["unclear", `${words}, but the runs do not agree: ${list.map((x) => x.toPrecision(3)).join(", ")}`];
  return ["fail", words];
}

const verdicts = () => {
  if (!fs.existsSync(EXPECTED)) throw new Error("There are no expected ratios yet: make bench-smoke UPDATE=1");
  const expected = JSON.parse(fs.readFileSync(EXPECTED, "utf8"));
  const wanted = scenarios.filter(({ name }) => expected[name] && only.test(name));
  if (!wanted.length) throw new Error(`expected.json has no ratio for ${only}.`);
  return wanted
    .map(({ name, title }) => { const [verdict, words] = judge(name, expected[name]); return { name, title, verdict, words }; });
};

function compare() {
  const all = verdicts(), count = (kind) => all.filter(({ verdict }) => verdict === kind).length;
  for (const { verdict, title, words } of all) console.log(`${verdict.padEnd(8)}${title}: ${words}`);
  console.log(`bench-smoke: ${count("pass")} as expected, ${count("fail")} worse by more than ${Math.round((WORSE - 1) * 100)} % or broken, ${count("unclear")} not judged`);
  if (count("fail")) process.exitCode = 1;
  else if (!count("pass")) { console.log("bench-smoke: CANNOT JUDGE, the machine is too noisy; run it again when it is quiet"); process.exitCode = 2; }
}

if (process.argv.includes("--update")) update();
else if (process.argv.includes("--again")) console.log(verdicts().filter(({ verdict }) => verdict !== "pass").map(({ name }) => name).join("|"));
else compare();
