"use strict";
// node reloads.js [CLIENTS]: three workers are reloaded twice in a row (SIGHUP) under broadcasts of all three to everybody and to rooms (SENDERS of each worker, 6 unless it is set, RATE a second each, 66 unless it is set;
// each waits for its answers and until its worker is back: some 200 a second in all on two cores), while official clients, half of them polling
// at first, come back wherever they are led. Everybody must be recovered and have every broadcast exactly once, in order per sender. NGINX=1: behind nginx, round-robin, no sticky sessions.
const fs = require("fs");
const net = require("net");
const os = require("os");
const path = require("path");
const readline = require("readline");
const { spawn } = require("child_process");
const { sleep } = require("./machine.js");

const clients = +(process.argv[2] ?? 300), RATE = +(process.env.RATE ?? 66), SENDERS = +(process.env.SENDERS ?? 6), LIMIT = 180000;
const children = [], folders = [];
process.on("exit", () => {
  for (const child of children) child.kill("SIGTERM");
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

function start(program, args, options = {}, told = () => {}) {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"], ...options });
  children.push(child);
  const lines = [], waiting = [];
  readline.createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    told(line);
    for (const [i, wait] of [...waiting.entries()].reverse()) if (line.startsWith(wait.word)) { waiting.splice(i, 1); wait.done(line); }
  });
  const line = (word) => {
    const there = lines.find((each) => each.startsWith(word));
    return there ? Promise.resolve(there) : new Promise((done, failed) => { waiting.push({ word, done }); setTimeout(() => failed(new Error(`no line ${word} of ${program}`)), LIMIT).unref(); });
  };
  return { child, line, write: (text) => child.stdin.write(text + "\n") };
}

const control = async (url, body) => {
  try {
    return await (await fetch(`${url}/control`, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } })).json();
  } catch {
    return null;
  }
};

// Each worker's place has an address that stays; what is behind it is the worker that is there now. Who speaks through it is refused once when that changes, so that it knows of another sender.
function place() {
  const me = { port: 0, target: null, refusesUntil: 0 };
  const listener = net.createServer((from) => {
    if (!me.target || Date.now() < me.refusesUntil) return from.destroy();
    const to = net.connect(me.target, "127.0.0.1");
    for (const [one, other] of [[from, to], [to, from]]) one.on("error", () => other.destroy()).on("close", () => other.destroy()).pipe(other);
  });
  return new Promise((done) => listener.listen(0, "127.0.0.1", () => { me.port = listener.address().port; done(me); }));
}

// Lines of the primary: where each process listens, and which of them is ready.
function follow(line, places, started) {
  const [, number, json] = /^\[worker (\d+)\] WORKER (.*)$/.exec(line) ?? [];
  if (number) started[number] = +new URL(JSON.parse(json).Url).port;
  const ready = /^\[primary\] worker (\d+) is ready/.exec(line)?.[1];
  if (ready) Object.assign(places[ready - 1], { refusesUntil: places[ready - 1].target ? Date.now() + 1000 : 0, target: started[ready] });
}

// Why clients were recovered or not, by each process as it last said so.
const recoveries = {};
async function watch(places) {
  for (; ; await sleep(250))
    for (const { target } of places) {
      try {
        const text = await (await fetch(`http://127.0.0.1:${target}/metrics`)).text();
        for (const [, reason, value] of text.matchAll(/^socketio_server_recoveries\S*reason="([^"]*)"\S* (\d+)/gm)) (recoveries[target] ??= {})[reason] = +value;
      } catch {
        // It is being replaced.
      }
    }
}

function reasons() {
  const sums = {};
  for (const each of Object.values(recoveries)) for (const [reason, value] of Object.entries(each)) sums[reason] = (sums[reason] ?? 0) + value;
  return sums;
}

async function whole(urls, before) {
  for (const end = Date.now() + LIMIT; Date.now() < end; await sleep(200)) {
    const infos = await Promise.all(urls.map((url) => control(url, { op: "info" })));
    if (infos.every((info) => info?.ready && info.peers.length === urls.length - 1 && !before.includes(info.pid))) return infos.map((info) => info.pid);
  }
  throw new Error("the workers are not whole again");
}

// The example's configuration, round-robin, in front of these workers.
function nginx(urls) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "socketio-nginx-")), port = 3990;
  folders.push(folder);
  const example = fs.readFileSync(path.join(__dirname, "../examples/Nginx/socketio.conf"), "utf8").replace(/^ +server 127.*\n/gm, "")
    .replace("    least_conn;\n", urls.map((url) => `    server ${new URL(url).host} max_fails=0;\n`).join("")).replace("listen 8080;", `listen 127.0.0.1:${port};`);
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
  fs.writeFileSync(path.join(folder, "nginx.conf"), `worker_processes 1;\npid nginx.pid;\nevents { worker_connections 4096; }\nhttp {\naccess_log off;\n${paths}\n${example}\n}\n`);
  start("/usr/sbin/nginx", ["-p", folder, "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"]);
  return `http://127.0.0.1:${port}`;
}

(async () => {
  const server = path.join(__dirname, "../artifacts/bench/TestServer/TestServer.dll");
  const places = await Promise.all([place(), place(), place()]), started = {};
  const primary = start(
    "env", ["--default-signal=INT", "--default-signal=HUP", "dotnet", server, "--managed", "--port", "3900", "--workers", "3", "--recovery", "120000", "--drain-timeout", "10000", "--metrics"],
    { detached: true }, (line) => follow(line, places, started));
  await primary.line("[primary] Ctrl+C");
  const urls = places.map((each) => `http://127.0.0.1:${each.port}`);
  const front = process.env.NGINX ? nginx(urls) : "http://127.0.0.1:3900";
  const crowd = start("node", ["recovery.mjs", front, ...urls], { cwd: path.join(__dirname, "../Akka.ClusterAdapter.Tests/Interop"), env: { ...process.env, CLIENTS: String(clients), RATE: String(RATE), SENDERS: String(SENDERS) } });
  await crowd.line("FLOWS");
  const began = Date.now();
  let pids = await whole(urls, []);
  void watch(places);
  for (const time of ["first", "second"]) {
    const from = Date.now();
    process.kill(primary.child.pid, "SIGHUP");
    pids = await whole(urls, pids);
    console.log(`${time} reload: ${((Date.now() - from) / 1000).toFixed(1)} s`);
  }
  const seconds = (Date.now() - began) / 1000;
  await sleep(1000);
  crowd.write("end");
  const verdict = JSON.parse((await crowd.line("VERDICT")).slice(8));
  console.log(JSON.stringify(verdict));
  console.log(`${(verdict.sent / seconds).toFixed(0)} broadcasts a second; the workers say: ${JSON.stringify(reasons())}`);
  const holds = verdict.violationCount === 0 && verdict.anew === 0 && verdict.recovered > 0;
  console.log(holds ? `HOLDS: ${clients} clients, ${verdict.sent} broadcasts, ${verdict.received} deliveries, ${verdict.recovered} recovered` : "FAILS");
  process.exit(holds ? 0 : 1);
})().catch((error) => { console.error(error); process.exit(1); });
