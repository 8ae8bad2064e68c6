// Clients behind balancers that know nothing of sessions: any worker must serve any request.
import assert from "node:assert/strict";
import http from "node:http";
import { ask, connect, control, eventually, next, within } from "./harness.mjs";
import { listen, roundRobin } from "./balancer.mjs";

const CLIENTS = 200;
const fresh = () => new http.Agent({ keepAlive: false });

async function forwarded(urls) {
  const infos = await Promise.all(urls.map((url) => control(url, "info")));
  const sum = (name) => infos.reduce((all, info) => all + (info.counters[`forwarded.${name}`] ?? 0), 0);
  return { sent: sum("sent"), received: sum("received"), failed: sum("failed"), unknown: infos.reduce((all, info) => all + (info.counters["refused.sid-unknown"] ?? 0), 0) };
}

function difference(before, after) {
  return Object.fromEntries(Object.keys(after).map((name) => [name, after[name] - before[name]]));
}

export async function every_request_reaches_another_worker({ urls }) {
  const before = await forwarded(urls);
  const others = roundRobin(urls.slice(1));
  const balancer = await listen((head) => (head.split("\r\n")[0].includes("sid=") ? others() : urls[0]), { peek: true });
  const client = await connect(balancer.url, { transports: ["polling"], agent: fresh() });
  for (let i = 0; i < 20; i++) assert.equal(await ask(client, "echo", `text ${i}`), `text ${i}`);
  const bytes = Buffer.alloc(50_000, 7);
  assert.deepEqual(await ask(client, "echo", bytes), bytes);
  assert.equal(client.io.engine.transport.name, "polling");
  const counted = difference(before, await forwarded(urls));
  client.disconnect();
  balancer.close();
  assert.ok(counted.sent > 20, JSON.stringify(counted));
  assert.equal(counted.failed, 0);
  assert.equal(counted.unknown, 0);
}

export async function upgrades_reach_other_workers({ urls }) {
  const before = await forwarded(urls);
  const others = roundRobin(urls.slice(1));
  const balancer = await listen((head) => (head.includes("transport=websocket") ? others() : urls[0]), { peek: true });
  const client = await connect(balancer.url, { transports: ["polling", "websocket"], agent: fresh() });
  await eventually(() => client.io.engine.transport.name === "websocket", () => "the upgrade");
  assert.equal(await ask(client, "echo", "hello"), "hello");
  const counted = difference(before, await forwarded(urls));
  balancer.close();
  assert.equal(counted.sent, 1, JSON.stringify(counted));
}

/** Default clients: they poll, then upgrade. */
async function crowd(url, urls) {
  const before = await forwarded(urls);
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => connect(url, { transports: ["polling", "websocket"], agent: fresh() })));
  const lost = [];
  for (const client of clients) client.on("disconnect", (reason) => lost.push(reason));
  await eventually(() => clients.every((client) => client.io.engine.transport.name === "websocket"),
    () => `upgrades: ${clients.filter((client) => client.io.engine.transport.name === "websocket").length} of ${CLIENTS}`);
  const answers = await Promise.all(clients.map((client, i) => ask(client, "echo", `hello ${i}`)));
  assert.deepEqual(answers, clients.map((_, i) => `hello ${i}`));
  const received = Promise.all(clients.map((client) => next(client, "to everybody")));
  await control(urls[0], "emit", { event: "to everybody", args: [] });
  await received;
  const counted = difference(before, await forwarded(urls));
  assert.deepEqual(lost, []);
  assert.equal(counted.unknown, 0, JSON.stringify(counted));
  assert.equal(counted.failed, 0, JSON.stringify(counted));
  assert.ok(counted.sent > 0, "nothing was forwarded: this balancer is sticky");
  assert.equal(counted.received, counted.sent, "a request took more than one hop");
  return JSON.stringify(counted);
}

export async function two_hundred_default_clients_behind_round_robin({ urls }) {
  const balancer = await listen(roundRobin(urls));
  const detail = await crowd(balancer.url, urls);
  balancer.close();
  return detail;
}

/** Whatever listens at the first address leads to the workers at the others. */
export async function two_hundred_default_clients_behind_an_edge({ urls }) {
  const [edge, ...workers] = urls;
  return crowd(edge, workers);
}

export async function websocket_first_clients_are_not_forwarded({ urls }) {
  const before = await forwarded(urls);
  const balancer = await listen(roundRobin(urls));
  const clients = await Promise.all(Array.from({ length: 20 }, () => connect(balancer.url)));
  await Promise.all(clients.map((client) => ask(client, "echo", "x")));
  const counted = difference(before, await forwarded(urls));
  balancer.close();
  assert.deepEqual(counted, { sent: 0, received: 0, failed: 0, unknown: 0 });
}

export async function the_owner_is_killed_in_the_middle_of_a_forwarded_poll({ urls }) {
  const [owner, ...others] = urls;
  const { pid } = await control(owner, "info");
  let target = owner;
  const choose = roundRobin(others);
  const balancer = await listen((head) => (head.split("\r\n")[0].includes("sid=") ? choose() : target), { peek: true });
  const client = await connect(balancer.url, { transports: ["polling"], agent: fresh(), reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 200 });
  await eventually(async () => (await forwarded(others)).sent >= 2, () => "a forwarded poll that waits");
  const lost = next(client, "disconnect");
  const back = within(new Promise((resolve) => client.once("connect", resolve)), "the client on another worker");
  target = others[0];
  process.kill(pid, "SIGKILL");
  const [reason] = await lost;
  await back;
  assert.equal(reason, "transport error");
  assert.equal(await ask(client, "echo", "again"), "again");
  client.disconnect();
  balancer.close();
}

/** Sessions of each worker once nothing changes any more. */
async function sessions(workers, total) {
  let counts;
  await eventually(async () => {
    counts = await Promise.all(workers.map(async (url) => (await control(url, "info")).engineSessions));
    return counts.reduce((all, count) => all + count, 0) === total;
  }, () => `${total} sessions, not ${counts}`);
  return counts;
}

function assertEven(counts) {
  const even = counts.reduce((all, count) => all + count, 0) / counts.length;
  for (const count of counts) assert.ok(Math.abs(count - even) <= even / 10, `sessions ${counts}`);
}

/** The first address is a gateway's. Polling and WebSocket clients take turns. */
export async function a_gateway_spreads_sessions_evenly({ urls }) {
  const [gateway, ...workers] = urls;
  const before = await forwarded(workers);
  const clients = await Promise.all(Array.from({ length: 300 }, (_, i) =>
    connect(gateway, { transports: i % 2 ? ["websocket"] : ["polling"], reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 500 })));
  assertEven(await sessions(workers, 300));
  assert.equal((await forwarded(workers)).sent, before.sent, "the gateway chose a worker that does not own the session");

  const [killed, ...left] = workers;
  const { pid, engineSessions } = await control(killed, "info");
  const back = new Set();
  for (const client of clients) client.on("connect", () => back.add(client.id));
  process.kill(pid, "SIGKILL");
  await eventually(() => back.size === engineSessions && clients.every((client) => client.connected), () => `${back.size} of ${engineSessions} back`);
  assertEven(await sessions(left, 300));
  const answers = await Promise.all(clients.map((client, i) => ask(client, "echo", i)));
  assert.deepEqual(answers, clients.map((_, i) => i));
  return `${engineSessions} clients of the killed worker came back`;
}

/** Default clients through a gateway: they poll, then upgrade, and no worker has to forward anything. */
export async function a_gateway_brings_each_request_to_its_owner({ urls }) {
  const [gateway, ...workers] = urls;
  const before = await forwarded(workers);
  const clients = await Promise.all(Array.from({ length: 50 }, () => connect(gateway, { transports: ["polling", "websocket"], agent: fresh() })));
  await eventually(() => clients.every((client) => client.io.engine.transport.name === "websocket"), () => "the upgrades");
  const bytes = Buffer.alloc(200_000, 3);
  assert.deepEqual(await ask(clients[0], "echo", bytes), bytes);
  const received = Promise.all(clients.map((client) => next(client, "to everybody")));
  await control(workers[0], "emit", { event: "to everybody", args: [] });
  await received;
  assert.deepEqual(difference(before, await forwarded(workers)), { sent: 0, received: 0, failed: 0, unknown: 0 });
}
