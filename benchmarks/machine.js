"use strict";
// Whether the machine is fit for a measurement. A virtual one may be slowed down by its host without any sign inside, so a fixed piece of work is
// timed around each run and compared with the best time ever seen here.
const fs = require("fs");
const os = require("os");
const path = require("path");
const { execFileSync } = require("child_process");
const { sys } = require("./probe.js");

const KEPT = path.join(__dirname, "../artifacts/bench/calibration.json");
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const zero = fs.openSync("/dev/zero", "r"), target = Buffer.alloc(64);
let best = { user: Infinity, system: Infinity };
try { best = JSON.parse(fs.readFileSync(KEPT, "utf8")); } catch { /* the first time */ }

function userWork() {
  const start = performance.now();
  let x = 1;
  for (let i = 0; i < 2e7; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0;
  return performance.now() - start + (x === 42 ? 1e-9 : 0);
}

function systemWork() {
  const start = performance.now();
  for (let i = 0; i < 30000; i++) fs.readSync(zero, target, 0, 64, null);
  return performance.now() - start;
}

// How much slower than at its best the machine is now: 1 is its best.
function slowness() {
  let user = Infinity, system = Infinity;
  for (let i = 0; i < 4; i++) {
    user = Math.min(user, userWork());
    system = Math.min(system, systemWork());
  }
  if (user < best.user || system < best.system) {
    best = { user: Math.min(user, best.user), system: Math.min(system, best.system) };
    fs.mkdirSync(path.dirname(KEPT), { recursive: true });
    fs.writeFileSync(KEPT, JSON.stringify(best));
  }
  return Math.max(user / best.user, system / best.system);
}

// Cores that whatever runs on the machine takes, looked at for a second.
async function busyCores() {
  const before = sys(), start = performance.now();
  await sleep(1000);
  return (sys().busy - before.busy) / ((performance.now() - start) / 1000);
}

// Waits until others take less than `cores`, at most so many seconds; what they take at last.
async function quiet(cores, seconds) {
  for (const end = performance.now() + seconds * 1000; ;) {
    const busy = await busyCores();
    if (busy < cores || performance.now() > end) return busy;
  }
}

const version = (command, ...args) => { try { return execFileSync(command, args, { encoding: "utf8" }).trim(); } catch { return "unknown"; } };

// The lines at the head of a table of these rows: date, commit, machine, versions.
function about(rows) {
  const { dependencies: own, devDependencies: also } = require("./package.json");
  const bun = rows.some((row) => row.label === "bun") ? `, Bun ${also.bun} with bun-engine ${also["@socket.io/bun-engine"]}` : "";
  const day = rows.map((row) => row.at.slice(0, 10)).sort().pop(), commits = [...new Set(rows.map((row) => row.commit))].join(", ");
  return `${day}, commit ${commits}. ${os.cpus().length} × ${os.cpus()[0].model.trim()}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, `
    + `Linux ${os.release()}; .NET SDK ${version("dotnet", "--version")}, Node ${process.version}, socket.io ${own["socket.io"]} + cluster-adapter ${own["@socket.io/cluster-adapter"]} + sticky ${own["@socket.io/sticky"]}${bun}.`;
}

module.exports = { sleep, slowness, quiet, about };
