"use strict";
// The server under test and the load client, as processes of their own.
const fs = require("fs");
const path = require("path");
const { spawn } = require("child_process");
const { sleep } = require("./machine.js");

const built = path.join(__dirname, "../artifacts/bench");
const OURS = `dotnet ${built}/TestServer/TestServer.dll --profile bench --workers {W} --port {PORT}`;
const SERVERS = {
  ours: OURS,
  // The loop reads the clients too (decision 107).
  "ours-loop": `env CLUSTER_LOOP=clients ${OURS}`,
  node: `node ${__dirname}/node-server.js --workers {W} --port {PORT}`,
  floor: `dotnet ${built}/Floor/Floor.dll --workers {W} --port {PORT}`,
  // One process each.
  bun: `${bun()} ${__dirname}/bun-server.js --port {PORT}`,
  "bun-bare": `${bun()} ${__dirname}/bun-bare.js --port {PORT}`,
};
const CLIENTS = { fast: ["dotnet", `${built}/LoadClient/LoadClient.dll`], node: ["node", `${__dirname}/loadgen.js`], official: ["node", `${__dirname}/connectclient.js`] };
const START_SECONDS = 60, LOAD_LIMIT = 150000, STOP_LIMIT = 5000;
const running = new Set();
let nextPort = 3100;

// Nothing that was started outlives this process.
for (const [signal, code] of [["SIGHUP", 129], ["SIGINT", 130], ["SIGTERM", 143]]) process.on(signal, () => process.exit(code));
process.on("exit", () => { for (const child of running) child.kill("SIGTERM"); });

function start(program, args, input = "ignore") {
  const child = spawn(program, args, { stdio: [input, "pipe", "pipe"] });
  running.add(child);
  child.on("exit", () => running.delete(child));
  return child;
}

// What its package's install script puts in place; without it (npm's ignore-scripts) the program still lies in the package of this platform.
function bun() {
  const packages = path.join(__dirname, "node_modules/@oven"), names = fs.existsSync(packages) ? fs.readdirSync(packages) : [];
  const left = names.map((name) => path.join(packages, name, "bin/bun")).find((file) => fs.existsSync(file));
  return left ?? path.join(__dirname, "node_modules/.bin/bun");
}

// Ports that anybody listens on: others may measure on the same machine.
function taken() {
  const files = ["/proc/net/tcp", "/proc/net/tcp6"].filter((file) => fs.existsSync(file));
  const lines = files.flatMap((file) => fs.readFileSync(file, "latin1").split("\n").slice(1)).map((line) => line.trim().split(/\s+/));
  return new Set(lines.filter((columns) => columns[3] === "0A").map((columns) => parseInt(columns[1].split(":").pop(), 16)));
}

// A port for a server, with one behind it for each worker.
function portFor(workers) {
  for (const others = taken(); ;) {
    const port = nextPort;
    nextPort = nextPort > 3900 ? 3100 : nextPort + 10 * Math.ceil((workers + 1) / 10);
    if (!Array.from({ length: workers + 1 }, (_, i) => port + i).some((each) => others.has(each))) return port;
  }
}

// Starts a server; { urls, pid, stop() } when all its workers are ready.
function startServer(command, workers, seconds = START_SECONDS) {
  const port = portFor(workers);
  const [program, ...args] = command.replaceAll("{W}", workers).replaceAll("{PORT}", port).split(/\s+/);
  const child = start(program, args);
  let errors = "", ends = "";
  // What came first says most of why, what came last of how it ended; which workers ended is in neither.
  child.stderr.on("data", (data) => {
    errors += data;
    ends = (ends + (String(data).match(/^worker .*ended.*$/gm) ?? []).map((line) => `${line}\n`).join("")).slice(0, 2000);
    if (errors.length > 4000) errors = `${errors.slice(0, 1500)}\n…\n${errors.slice(-1500)}`;
  });
  const gone = new Promise((done) => child.on("exit", done));
  const stop = async () => {
    child.kill("SIGTERM");
    await Promise.race([gone, sleep(STOP_LIMIT).then(() => child.kill("SIGKILL"))]);
  };
  return new Promise((ready, failed) => {
    const limit = setTimeout(() => { stop(); failed(new Error(`not ready within ${seconds} s: ${command}\n${ends}${errors}`)); }, seconds * 1000);
    gone.then((code) => { clearTimeout(limit); failed(new Error(`ended with ${code}: ${command}\n${ends}${errors}`)); });
    let output = "";
    child.stdout.on("data", (data) => {
      output += data;
      const line = /^READY (.*)$/m.exec(output);
      if (!line) return;
      clearTimeout(limit);
      const info = JSON.parse(line[1]);
      ready({ urls: info.urls || [`http://127.0.0.1:${port}`], pid: info.pid || child.pid, stop });
    });
  });
}

// Runs the load client against a server; its result, or null with a line on standard error.
function runLoad(client, load, server, label, workers) {
  const [program, ...first] = CLIENTS[client];
  const args = [...first, ...load.split(/\s+/), ...server.urls.flatMap((url) => ["--url", url]), "--pid", String(server.pid), "--nodes", String(workers), "--label", label];
  const child = start(program, args);
  let output = "", errors = "";
  child.stdout.on("data", (data) => (output += data));
  child.stderr.on("data", (data) => (errors += data));
  const limit = setTimeout(() => child.kill("SIGKILL"), LOAD_LIMIT);
  return new Promise((done) => child.on("close", () => {
    clearTimeout(limit);
    try {
      done(JSON.parse(output.trim().split("\n").pop()));
    } catch {
      console.error(`no result from '${load}': ${errors.slice(0, 400) || "silence"}`);
      done(null);
    }
  }));
}

module.exports = { SERVERS, CLIENTS, start, startServer, runLoad };
