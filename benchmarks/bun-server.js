// The original on Bun's own WebSocket engine (@socket.io/bun-engine), one process: node_modules/.bin/bun bun-server.js --port P.
// Keeps to CONTRACT.md but for "sse", which needs a cluster.
import { Server } from "socket.io";
import { Server as Engine } from "@socket.io/bun-engine";

const port = Number(process.argv[process.argv.indexOf("--port") + 1]);
const io = new Server(), engine = new Engine({ path: "/socket.io/" });
io.bind(engine);

io.on("connection", (socket) => {
  socket.on("whoami", (ack) => ack("bun"));
  socket.on("echo", (payload, ack) => ack(payload));
  socket.on("join", (room, ack) => { socket.join(room); ack("ok"); });
  socket.on("leave", (room, ack) => { socket.leave(room); ack("ok"); });
  socket.on("broadcast", (room, payload) => { io.to(room).emit("b", payload); });
  socket.on("p2p", (room, payload) => { socket.to(room).emit("m", payload); });
  socket.on("fetch", async (ack) => ack((await io.fetchSockets()).length));
});

const { fetch, websocket, maxRequestBodySize } = engine.handler();
// Longer than the engine's ping interval, as its documentation wants it.
Bun.serve({ hostname: "127.0.0.1", port, idleTimeout: 30, fetch, websocket, maxRequestBodySize });
console.log(`READY ${JSON.stringify({ pid: process.pid, workers: [] })}`);
