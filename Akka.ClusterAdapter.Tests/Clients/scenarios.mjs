// What real clients do: node scenarios.mjs reads a request a line, {"id","name","arguments":[CLIENT, TRANSPORTS, URL, MORE ...]}, runs that scenario
// and prints a line of JSON: {"id","ok","detail"}. One after the other, until its input ends.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const PATIENCE = 60_000;
const require = createRequire(new URL("../Interop/package.json", import.meta.url));
const open = [];
const waiting = new Set();
let transports, finalTransport, url, more, io, parser;

/** The arguments of the scenario that runs now. */
function prepare([client, transportList, address, ...others]) {
  transports = transportList.split(",");
  finalTransport = transports.at(-1);
  [url, more] = [address, others];
  ({ io } = require(client === "msgpack" ? "socket.io-client" : client));
  parser = client === "msgpack" ? require("socket.io-msgpack-parser") : undefined;
}

function create(namespace = "/", options = {}) {
  const all = { transports, forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 200, ...options };
  if (parser)
    all.parser = parser;
  const socket = io(new URL(namespace, url).href, all);
  open.push(socket);
  return socket;
}

function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`did not come: ${what}`)), PATIENCE); });
  waiting.add(timer);
  return Promise.race([promise, late]).finally(() => {
    clearTimeout(timer);
    waiting.delete(timer);
  });
}

const next = (socket, event) => within(new Promise((resolve) => socket.once(event, (...args) => resolve(args))), event);
const ask = (socket, ...args) => within(new Promise((resolve) => socket.emit(...args, (...answer) => resolve(answer))), `answer to ${args[0]}`);

async function connected(namespace, options) {
  const socket = create(namespace, options);
  await next(socket, "connect");
  return socket;
}

/** Waits for the change to WebSocket where there is one to come. */
async function settled(socket) {
  await within((async () => {
    while ((await ask(socket, "transport"))[0] !== finalTransport)
      await new Promise((resolve) => setTimeout(resolve, 10));
  })(), `transport ${finalTransport}`);
}

/** Byte arrays come back as Buffers. */
const nested = () => ({ list: [Buffer.from([1, 2, 3]), { deep: Buffer.alloc(70_000, 7) }], text: "čau 😀", nothing: null, again: Buffer.from([]) });

const scenarios = {
  async messages() {
    const socket = await connected("/", { auth: { token: "abc", n: [1] }, query: { a: "b" } });
    assert.deepEqual(await ask(socket, "auth"), [{ token: "abc", n: [1] }]);
    assert.deepEqual(await ask(socket, "echo", "x", 1, null, [true], { a: {} }), ["x", 1, null, [true], { a: {} }]);
    assert.deepEqual(await ask(socket, "echo", nested(), "plain"), [nested(), "plain"]);
    const pushed = next(socket, "pushed");
    socket.emit("push", nested(), 5);
    assert.deepEqual(await pushed, [nested(), 5]);
    socket.on("question", (value, data, answer) => {
      assert.deepEqual(value, { list: [Buffer.from([9, 8]), 1] });
      answer({ first: data, second: Buffer.from([7]) });
    });
    assert.deepEqual(await ask(socket, "ask", Buffer.from([9, 8])), [Buffer.from([9, 8, 7])]);
    await settled(socket);
    const order = await Promise.all(Array.from({ length: 300 }, (_, i) => ask(socket, "echo", i)));
    assert.deepEqual(order, Array.from({ length: 300 }, (_, i) => [i]));
  },

  /** A server at a path of its own: [path, headers as JSON, auth as JSON, what "who" answers, namespace]. */
  async place() {
    const [path, headers, auth, who, namespace] = more;
    const socket = await connected(namespace ?? "/", { path, extraHeaders: JSON.parse(headers), auth: JSON.parse(auth) });
    await settled(socket);
    assert.deepEqual(await ask(socket, "who"), [who]);
    assert.deepEqual(await ask(socket, "echo", "x"), ["x"]);
  },

  /** Who may not connect: [path, headers, auth, message, namespace]. */
  async refused() {
    const [path, headers, auth, message, namespace] = more;
    const socket = create(namespace ?? "/", { path, extraHeaders: JSON.parse(headers), auth: JSON.parse(auth), reconnection: false });
    const [error] = await next(socket, "connect_error");
    assert.equal(error.message, message);
  },

  /** It is let go when its session ends: [path, headers, URL that ends the session]. */
  async loggedOut() {
    const [path, headers, logout] = more;
    const socket = await connected("/", { path, extraHeaders: JSON.parse(headers) });
    await settled(socket);
    const left = next(socket, "disconnect");
    const answer = await fetch(logout, { method: "POST", headers: JSON.parse(headers) });
    assert.equal(answer.status, 200);
    assert.equal((await left)[0], "io server disconnect");
  },

  async refusal() {
    const refused = create("/admin");
    const [error] = await next(refused, "connect_error");
    assert.equal(error.message, "denied");
    assert.deepEqual(error.data, { code: 7, why: ["a", "b"] });
    const [unknown] = await next(create("/nope"), "connect_error");
    assert.equal(unknown.message, "Invalid namespace");
    const main = await connected("/", { auth: { who: "main" } });
    const custom = main.io.socket("/custom", { auth: { who: "custom" } });
    open.push(custom);
    await next(custom, "connect");
    assert.notEqual(main.id, custom.id);
    assert.deepEqual(await ask(custom, "auth"), [{ who: "custom" }]);
    assert.deepEqual(await ask(custom, "echo", Buffer.from([1])), [Buffer.from([1])]);
    custom.disconnect();
    assert.deepEqual(await ask(main, "echo", 1), [1]);
  },

  async reconnect() {
    const socket = await connected();
    for (let round = 0; round < 3; round++) {
      await settled(socket);
      const id = socket.id;
      const [reason, again] = [next(socket, "disconnect"), next(socket, "connect")];
      socket.emit("cut");
      assert.match((await reason)[0], /^transport (close|error)$/);
      socket.emit("push", round); // kept by the client until it is back
      const pushed = next(socket, "pushed");
      await again;
      assert.notEqual(socket.id, id);
      assert.deepEqual(await pushed, [round]);
    }
  },

  async reasons() {
    const [leaver, kicked, cleared, lost] = [await connected(), await connected(), await connected(), await connected("/", { reconnection: false })];
    for (const socket of [leaver, kicked, cleared, lost])
      await settled(socket);
    const reasons = Promise.all([leaver, kicked, cleared, lost].map((socket) => next(socket, "disconnect")));
    leaver.disconnect();
    kicked.emit("leave");
    cleared.emit("leave-all");
    lost.io.engine.close();
    const [a, b, c, d] = (await reasons).map(([reason]) => reason);
    assert.deepEqual([a, b, c], ["io client disconnect", "io server disconnect", "io server disconnect"]);
    assert.match(d, /^(forced close|transport close)$/);
  },

  async recovery() {
    const [clients, last] = more.map(Number);
    await Promise.all(Array.from({ length: clients }, async (_, index) => {
      const seen = [];
      const socket = create("/", { randomizationFactor: 1 });
      const done = within(new Promise((resolve) => socket.on("n", (n) => {
        seen.push(n);
        if (n === last)
          resolve();
      })), `event ${last} at client ${index}`);
      await next(socket, "connect");
      const { id } = socket;
      await next(socket, "n");
      for (let rounds = 0; seen.at(-1) < last - 100; rounds++) {
        await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 150));
        const back = next(socket, "connect");
        socket.io.engine.close();
        await back;
        assert.equal(socket.recovered, true, `recovered, round ${rounds}, client ${index}`);
        assert.equal(socket.id, id);
      }

      await done;
      assert.deepEqual(seen, Array.from({ length: last - seen[0] + 1 }, (_, i) => seen[0] + i));
      assert.equal(seen[0], 1);
    }));
  },
};

/** Its clients leave, and what it no longer waits for fails nobody else. */
function end() {
  for (const socket of open.splice(0))
    socket.disconnect();
  for (const timer of waiting)
    clearTimeout(timer);
  waiting.clear();
}

async function run(name, list) {
  prepare(list);
  try {
    await scenarios[name]();
  } finally {
    end();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, name, arguments: list } = JSON.parse(line);
  try {
    await run(name, list);
    console.log(JSON.stringify({ id, ok: true, detail: "" }));
  } catch (error) {
    console.log(JSON.stringify({ id, ok: false, detail: error?.stack ?? String(error) }));
  }
}
process.exit(0);
