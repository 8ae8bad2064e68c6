"use strict";
// What it costs to recover clients: node restores.js [CLIENTS] [AT-ONCE]. All clients of one worker lose their connection, miss some events, and come back to
// the other worker. Tells memory of the sessions that are away, restores a second, and how long one takes from its CONNECT to the answer.
const WebSocket = require("ws");
const fs = require("fs");
const path = require("path");
const { startServer } = require("./processes.js");

const clients = +(process.argv[2] ?? 2000), atOnce = +(process.argv[3] ?? 64), missed = 20;
const server = (extra) => `dotnet ${path.join(__dirname, "../artifacts/bench")}/TestServer/TestServer.dll --profile bench --workers {W} --port {PORT} --cold --metrics --recovery 120000${extra}`;

const control = async (url, body) => (await fetch(`${url}/control`, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } })).json();
const metric = async (url, name) => +(new RegExp(`^${name} (\\d+)`, "m").exec(await (await fetch(`${url}/metrics`)).text())?.[1] ?? 0);
const cpuOf = (pid) => { const parts = fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" "); return (+parts[11] + +parts[12]) / 100; };
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const until = async (condition, what) => { for (const end = Date.now() + 60000; !(await condition()); await sleep(50)) if (Date.now() > end) throw new Error(`not in time: ${what}`); };
const quantile = (values, q) => values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))].toFixed(1);

// One connection: resolves with what its CONNECT was answered; counts events and keeps the last offset.
function connect(url, auth) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`, { perMessageDeflate: false });
  const client = { socket, events: 0, offset: null };
  return new Promise((done, failed) => {
    socket.on("error", failed).on("close", () => failed(new Error("closed")));
    socket.on("message", (data) => {
      const text = data.toString();
      if (text[0] === "0") { client.at = performance.now(); socket.send(`40${auth}`); }
      else if (text === "2") socket.send("3");
      else if (text.startsWith("42[\"n\"")) { client.events++; client.offset = JSON.parse(text.slice(2)).at(-1); }
      else if (text.startsWith("40")) { client.took = performance.now() - client.at; Object.assign(client, JSON.parse(text.slice(2))); done(client); }
    });
  });
}

async function inTurn(items, run) {
  const left = items.entries(), results = [];
  await Promise.all(Array.from({ length: atOnce }, async () => { for (const [i, item] of left) results[i] = await run(item, i); }));
  return results;
}

async function measure(label, extra) {
  const { urls: [home, other], stop } = await startServer(server(extra), 2);
  try {
    const pids = await Promise.all([home, other].map(async (url) => (await control(url, { op: "info" })).pid));
    const before = await inTurn(Array.from({ length: clients }), () => connect(home, ""));
    await inTurn(before, (client, i) => client.socket.send(`42["join","room ${i % 50}"]`));
    await control(home, { op: "emit", event: "n", args: [0] });
    await until(() => before.every((client) => client.events === 1), "all have an event");
    for (const client of before) client.socket.terminate();
    await until(async () => (await metric(home, 'socketio_server_sessions_away{namespace="/"}')) === clients, "all are away");
    const bytes = await metric(home, 'socketio_server_recovery_bytes{kind="sessions"}');
    for (let i = 1; i <= missed; i++) await control(i % 2 ? home : other, { op: "emit", event: "n", args: [i] });
    const cpu = pids.map(cpuOf), start = performance.now();
    const after = await inTurn(before, (client) => connect(other, JSON.stringify({ pid: client.pid, offset: client.offset })));
    const seconds = (performance.now() - start) / 1000;
    await until(() => after.every((client) => client.events === missed), "all have what they missed");
    const recovered = after.filter((client, i) => client.sid === before[i].sid).length;
    const used = pids.map(cpuOf).reduce((sum, each, i) => sum + each - cpu[i], 0);
    console.log(`| ${label} | ${recovered} of ${clients} | ${(bytes / clients).toFixed(0)} B | ${(clients / seconds).toFixed(0)} | ${quantile(after.map((c) => c.took), 0.5)} / ${quantile(after.map((c) => c.took), 0.99)} | ${(used / clients * 1000).toFixed(2)} |`);
    for (const client of after) client.socket.terminate();
  } finally {
    await stop();
  }
}

(async () => {
  console.log(`${clients} clients, ${atOnce} at once, ${missed} events missed\n\n| | recovered | a session that is away | restores/s | ms, p50 / p99 | CPU ms each, both workers |\n|---|---|---|---|---|---|`);
  await measure("recovery", "");
  await measure("with survive-crash", " --survive-crash");
  process.exit(0);
})().catch((error) => { console.error(error); process.exit(1); });
