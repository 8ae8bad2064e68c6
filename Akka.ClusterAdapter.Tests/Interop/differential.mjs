// The original, with the handlers that benchmarks/Faults/Differential/OurServer.cs has too: one server a variant, each on a port of its own.
// Prints one line READY {"plain":port,…}; ends with its input. GET /log tells what the server saw, GET /reset forgets it.
import http from "node:http";
import { Server } from "socket.io";
import msgpack from "socket.io-msgpack-parser";

const variants = {
  plain: {},
  deflate: { perMessageDeflate: { threshold: 0 } },
  msgpack: { parser: msgpack },
  recovery: { connectionStateRecovery: {} },
};

function handle(socket, log) {
  const client = socket.handshake.query.c;
  log.push(`${client} ${socket.nsp.name} connection`);
  socket.on("disconnecting", () => log.push(`${client} ${socket.nsp.name} rooms ${rooms(socket)}`));
  socket.on("disconnect", (reason) => log.push(`${client} ${socket.nsp.name} ${reason}`));
  socket.onAny((name, ...args) => answer(socket, String(name), args));
}

const rooms = (socket) => [...socket.rooms].filter((room) => room !== socket.id).sort().join(",");

function answer(socket, name, args) {
  const ack = typeof args.at(-1) === "function" ? args.pop() : undefined;
  const room = typeof args[0] === "string" ? args[0] : undefined;
  switch (name) {
    case "echo": socket.emit("echo", ...args); ack?.(...args); break;
    case "ack": ack?.(...args); break;
    case "twice": ack?.(1); ack?.(2); break;
    case "join": if (room !== undefined) socket.join(room); ack?.("ok"); break;
    case "leave": if (room !== undefined) socket.leave(room); ack?.("ok"); break;
    case "room": if (room !== undefined) socket.nsp.to(room).emit("room", ...args.slice(1)); break;
    case "toroom": if (room !== undefined) socket.to(room).emit("toroom", ...args.slice(1)); break;
    case "others": socket.broadcast.emit("others", ...args); break;
    case "all": socket.nsp.emit("all", ...args); break;
    case "ask": socket.emit("question", ...args, (value) => socket.emit("answered", value)); break;
    case "rooms": ack?.(rooms(socket)); break;
    case "cookie": ack?.(socket.handshake.headers.cookie ?? null); break;
    case "placeholder": socket.emit("placeholder", { _placeholder: true, num: 0 }, Buffer.from([1, 2])); break;
    case "large": socket.emit("large", "x".repeat(50_000)); break;
    case "bye": socket.disconnect(); break;
    case "byeall": socket.disconnect(true); break;
  }
}

function start(options) {
  const log = [];
  let io;
  const server = http.createServer((request, response) => {
    if (request.url === "/reset") log.length = 0;
    if (request.url === "/reset" || request.url === "/log") response.end(JSON.stringify({ log, sessions: io.engine.clientsCount }));
    else response.writeHead(404).end();
  });
  io = new Server(server, { serveClient: false, ...options });
  io.of("/admin").use((_, next) => next(Object.assign(new Error("denied"), { data: { code: 7 } })));
  io.of("/slow").use((_, next) => setTimeout(next, 100));
  for (const name of ["/", "/chat", "/slow", /^\/dyn-\d+$/]) io.of(name).on("connection", (socket) => handle(socket, log));
  return new Promise((ready) => server.listen(0, "127.0.0.1", () => ready(server.address().port)));
}

const ports = {};
for (const [name, options] of Object.entries(variants)) ports[name] = await start(options);
process.stdin.on("end", () => process.exit(0)).resume();
console.log(`READY ${JSON.stringify(ports)}`);
