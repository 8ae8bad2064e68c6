import assert from "node:assert/strict";
import { ask, connect, control, freshRoom, tryControl } from "./harness.mjs";

export async function client_is_answered({ a, b }) {
  const clients = [await connect(a), await connect(b)];
  const names = await Promise.all(clients.map((client) => ask(client, "whoami")));
  assert.notEqual(names[0], names[1]);
  assert.deepEqual(names, [(await control(a, "info")).worker, (await control(b, "info")).worker]);
  const answers = await Promise.all(Array.from({ length: 500 }, (_, i) => ask(clients[i % 2], "echo", `payload ${i}`)));
  assert.deepEqual(answers, Array.from({ length: 500 }, (_, i) => `payload ${i}`));
}

export async function server_is_answered({ a }) {
  const client = await connect(a);
  client.on("question", (value, answer) => answer({ got: value, bytes: Buffer.from([1, 2]) }));
  const { responses } = await control(a, "emitTo", { socket: client.id, event: "question", args: ["?"], timeoutMs: 30_000 });
  assert.deepEqual(responses, [{ got: "?", bytes: { $binary: "AQI=" } }]);
}

export async function broadcast_gathers_answers_of_every_worker({ a, b }) {
  const clients = await Promise.all([connect(a), connect(a), connect(b), connect(b, { transports: ["polling"] })]);
  const room = freshRoom();
  await Promise.all(clients.map((client) => ask(client, "join", room)));
  clients.forEach((client, i) => client.on("question", (bytes, answer) => answer([i, bytes])));
  const $binary = "AQI=";
  const { responses } = await control(b, "emitWithAck", { rooms: [room], event: "question", args: [{ $binary }], timeoutMs: 30_000 });
  assert.deepEqual(responses.sort((x, y) => x[0] - y[0]), clients.map((_, i) => [i, { $binary }]));
}

export async function silent_client_ends_in_a_timeout_with_the_other_answers({ a, b }) {
  const [polite, silent] = [await connect(a), await connect(b)];
  const room = freshRoom();
  await Promise.all([polite, silent].map((client) => ask(client, "join", room)));
  polite.on("question", (answer) => answer("here"));
  const result = await tryControl(a, "emitWithAck", { rooms: [room], event: "question", args: [], timeoutMs: 300 });
  assert.equal(result.ok, false);
  assert.equal(result.error, "operation has timed out");
  assert.deepEqual(result.responses, ["here"]);
  assert.deepEqual(result.missing, [silent.id]);
}

export async function client_that_leaves_is_not_waited_for({ a, b }) {
  const [polite, leaving] = [await connect(a), await connect(b)];
  const room = freshRoom();
  await Promise.all([polite, leaving].map((client) => ask(client, "join", room)));
  polite.on("question", (answer) => answer("here"));
  leaving.on("question", () => leaving.disconnect());
  const { responses } = await control(a, "emitWithAck", { rooms: [room], event: "question", args: [], timeoutMs: 20_000 });
  assert.deepEqual(responses, ["here"]);
}

export async function nobody_is_asked_in_an_empty_room({ a }) {
  const { responses } = await control(a, "emitWithAck", { rooms: [freshRoom()], event: "question", args: [], timeoutMs: 20_000 });
  assert.deepEqual(responses, []);
}
