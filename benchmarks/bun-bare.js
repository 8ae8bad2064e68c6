// What Bun's native WebSockets cost by themselves: rooms are topics of its own publish-subscribe, a packet is cut where the load client's packets can be
// cut. No check, no heartbeat, no limit, text only: not a server to use, a mark beside the others. node_modules/.bin/bun bun-bare.js --port P
const port = Number(process.argv[process.argv.indexOf("--port") + 1]);
const BACKLOG = 64 * 1024 * 1024;
let clients = 0;

const events = {
  whoami: (socket, ack) => socket.send(ack('"bare"')),
  echo: (socket, ack, payload) => socket.send(ack(JSON.stringify(payload))),
  join: (socket, ack, room) => { socket.subscribe(room); socket.send(ack('"ok"')); },
  leave: (socket, ack, room) => { socket.unsubscribe(room); socket.send(ack('"ok"')); },
  broadcast: (socket, _, room, payload) => server.publish(room, `42["b",${JSON.stringify(payload)}]`),
  p2p: (socket, _, room, payload) => socket.publish(room, `42["m",${JSON.stringify(payload)}]`),
};

const server = Bun.serve({
  hostname: "127.0.0.1",
  port,
  fetch: (request, itself) => (itself.upgrade(request, { data: { id: ++clients } }) ? undefined : new Response("WebSocket only", { status: 400 })),
  websocket: {
    perMessageDeflate: false,
    idleTimeout: 0,
    backpressureLimit: BACKLOG,
    open: (socket) => socket.send(`0{"sid":"e${socket.data.id}","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`),
    message(socket, packet) {
      if (packet.startsWith("40")) { socket.send(`40{"sid":"s${socket.data.id}"}`); return; }
      if (!packet.startsWith("42")) return;
      const start = packet.indexOf("["), [event, ...args] = JSON.parse(packet.slice(start));
      events[event]?.(socket, (answer) => `43${packet.slice(2, start)}[${answer}]`, ...args);
    },
  },
});
console.log(`READY ${JSON.stringify({ pid: process.pid, workers: [] })}`);
