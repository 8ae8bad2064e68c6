"use strict";
// Node.js baseline: socket.io + @socket.io/cluster-adapter + @socket.io/sticky (least-connection).
//   node node-server.js --workers W --port P [--adapter cluster|none]
// W = 0 : one plain process, no cluster, in-memory adapter.
// Prints one line  READY {"pid":..,"workers":[pids],"port":..}  once every worker accepts connections.
const cluster = require("cluster");
const http = require("http");

function arg(name, def) {
  const i = process.argv.indexOf("--" + name);
  return i < 0 ? def : process.argv[i + 1];
}
const W = +arg("workers", 2);
const PORT = +arg("port", 3100);
const ADAPTER = arg("adapter", "cluster");

function wire(io, node) {
  io.on("sse-ping", (cb) => cb(node));
  io.on("connection", (socket) => {
    socket.on("whoami", (ack) => ack(node));
    socket.on("echo", (payload, ack) => ack(payload));
    socket.on("join", (room, ack) => { socket.join(room); ack("ok"); });
    socket.on("leave", (room, ack) => { socket.leave(room); ack("ok"); });
    socket.on("broadcast", (room, payload) => { io.to(room).emit("b", payload); });
    socket.on("p2p", (room, payload) => { socket.to(room).emit("m", payload); });
    socket.on("fetch", async (ack) => { ack((await io.fetchSockets()).length); });
    socket.on("sse", (ack) => {
      io.serverSideEmit("sse-ping", (err, responses) => ack(err ? -1 : responses.length));
    });
  });
}

async function makeIo(httpServer) {
  const { Server } = require("socket.io");
  const io = new Server(httpServer, { serveClient: false });
  if (ADAPTER === "cluster" && W > 0) {
    io.adapter(require("@socket.io/cluster-adapter").createAdapter());
  }
  return io;
}

if (W === 0) {
  (async () => {
    const httpServer = http.createServer();
    wire(await makeIo(httpServer), "solo");
    httpServer.listen(PORT, "127.0.0.1", 4096, () =>
      console.log("READY " + JSON.stringify({ pid: process.pid, workers: [], port: PORT })));
  })();
} else if (cluster.isPrimary) {
  const { setupPrimary: setupSticky } = require("@socket.io/sticky");
  const httpServer = http.createServer();
  setupSticky(httpServer, { loadBalancingMethod: "least-connection" });
  if (ADAPTER === "cluster") require("@socket.io/cluster-adapter").setupPrimary();
  cluster.setupPrimary({ serialization: "advanced" });
  let ready = 0;
  const pids = [];
  cluster.on("message", (w, m) => {
    if (m && m.bench === "ready" && ++ready === W) {
      // let the adapters' heartbeats discover each other
      setTimeout(() => httpServer.listen(PORT, "127.0.0.1", 4096, () =>
        console.log("READY " + JSON.stringify({ pid: process.pid, workers: pids, port: PORT }))), 500);
    }
  });
  for (let i = 0; i < W; i++) pids.push(cluster.fork().process.pid);
  process.on("SIGTERM", () => { for (const id in cluster.workers) cluster.workers[id].process.kill("SIGKILL"); process.exit(0); });
} else {
  (async () => {
    const { setupWorker } = require("@socket.io/sticky");
    const httpServer = http.createServer();
    const io = await makeIo(httpServer);
    setupWorker(io);
    wire(io, "w" + cluster.worker.id);
    process.send({ bench: "ready" });
  })();
}
