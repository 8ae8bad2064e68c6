// Workers that stop, seen by their clients. The first address is the one that the workers share.
import assert from "node:assert/strict";
import http from "node:http";
import { ask, connect, control, eventually } from "./harness.mjs";

const CLIENTS = 120;
const persistent = { reconnection: true, reconnectionDelay: 100, reconnectionDelayMax: 500 };

export async function clients_are_let_go_one_after_the_other({ urls }) {
  const [shared, leaving, staying] = urls;
  const clients = await Promise.all(Array.from({ length: CLIENTS }, (_, i) => connect(shared, {
    ...persistent,
    transports: i % 4 === 0 ? ["polling"] : ["websocket"],
    agent: new http.Agent({ keepAlive: false }),
  })));
  const [{ worker }, { worker: other }] = await Promise.all([control(leaving, "info"), control(staying, "info")]);
  const homes = await Promise.all(clients.map((client) => ask(client, "whoami")));
  const concerned = clients.filter((_, i) => homes[i] === worker);
  const ends = [];
  const unconcerned = [];
  clients.forEach((client, i) => client.on("disconnect", (reason) => (homes[i] === worker ? ends : unconcerned).push({ reason, at: performance.now() })));

  await control(leaving, "shutdown");
  await eventually(() => ends.length === concerned.length && clients.every((client) => client.connected), () => `${ends.length} of ${concerned.length} let go, ${clients.filter((client) => client.connected).length} connected`);
  const homesNow = await Promise.all(clients.map((client) => ask(client, "whoami")));

  assert.ok(concerned.length >= 20, `${concerned.length} clients were there`);
  assert.deepEqual([...new Set(ends.map((end) => end.reason))], ["transport close"]);
  assert.deepEqual(unconcerned, []);
  assert.deepEqual([...new Set(homesNow)], [other]);
  // In slots of 10 ms: only a client that stood still for most of that time would see it otherwise.
  const spread = Math.max(...ends.map((end) => end.at)) - Math.min(...ends.map((end) => end.at));
  assert.ok(spread > concerned.length, `${concerned.length} clients were let go within ${spread} ms`);
  return `${concerned.length} clients within ${Math.round(spread)} ms`;
}

function request(url, agent, path, { method = "GET", body } = {}) {
  return new Promise((resolve, reject) => {
    const sent = http.request(url + path, { agent, method }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part) => (text += part));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, isKept: sent.reusedSocket, text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

export async function a_handshake_on_a_kept_alive_connection_is_served_by_another_worker({ urls }) {
  const [shared, ...workers] = urls;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const infos = await Promise.all(workers.map((url) => control(url, "info")));
  const { worker } = JSON.parse((await request(shared, agent, "/control", { method: "POST", body: '{"op":"info"}' })).text);
  const leaving = infos.findIndex((info) => info.worker === worker);
  const [staying] = workers.filter((_, i) => i !== leaving);
  // Somebody who does not come for the close packet: the worker waits for it.
  await request(shared, agent, "/socket.io/?EIO=4&transport=polling");

  await control(workers[leaving], "shutdown");
  await eventually(async () => !(await control(staying, "info")).peers.includes(worker), () => "the other worker knows");
  const moved = await request(shared, agent, "/socket.io/?EIO=4&transport=polling");
  const { sid } = JSON.parse(moved.text.slice(1));

  assert.ok(moved.isKept, "the connection was kept alive");
  assert.equal(moved.status, 200);
  assert.equal(moved.headers.connection, "close");
  const poll = `/socket.io/?EIO=4&transport=polling&sid=${sid}`;
  assert.equal((await request(staying, agent, poll, { method: "POST", body: "40" })).text, "ok");
  assert.match((await request(staying, agent, poll)).text, /^40\{/);
  assert.equal((await control(staying, "info")).engineSessions, 1);
}
