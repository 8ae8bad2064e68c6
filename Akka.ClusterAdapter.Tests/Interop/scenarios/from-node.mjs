// The examples of examples/FromNode, as the original's clients use them.
import assert from "node:assert/strict";
import { io } from "socket.io-client";
import { ask, closeLater, connect, next } from "./harness.mjs";

/** Why a client does not get in. */
async function refused(url, auth) {
  try {
    await connect(url, { auth });
  } catch (error) {
    return error.message;
  }
  return "it got in";
}

/** Somebody who has entered, with the session they were given and the users they were shown. */
async function enter(url, auth) {
  const socket = io(url, { transports: ["websocket"], forceNew: true, reconnection: false, auth });
  closeLater(socket);
  const [[session], [users]] = await Promise.all([next(socket, "session"), next(socket, "users")]);
  return { socket, session, users };
}

export async function private_messages({ a }) {
  const url = `${a}/private`;
  assert.equal(await refused(url, {}), "invalid username");
  assert.equal(await refused(url, { username: " " }), "invalid username");

  const ada = await enter(url, { username: "Ada" });
  const coming = next(ada.socket, "user connected");
  const bob = await enter(url, { username: "Bob" });
  const [came] = await coming;
  assert.deepEqual(came, { userID: bob.session.userID, username: "Bob" });
  const shown = bob.users.find((user) => user.userID === ada.session.userID);
  assert.deepEqual(shown, { userID: ada.session.userID, username: "Ada", connected: true, messages: [] });

  // A second tab of Ada's hears what the first one says and what it is told.
  const tab = await enter(url, { sessionID: ada.session.sessionID });
  assert.equal(tab.session.userID, ada.session.userID);
  const heard = [next(bob.socket, "private message"), next(tab.socket, "private message")];
  ada.socket.emit("private message", { content: "hello", to: bob.session.userID });
  const letter = { content: "hello", from: ada.session.userID, to: bob.session.userID };
  assert.deepEqual(await Promise.all(heard), [[letter], [letter]]);
  const wrong = await ask(bob.socket, "private message", { content: "", to: ada.session.userID });
  assert.equal(wrong.error.message, "invalid message");
  assert.equal((await ask(bob.socket, "private message", { content: "x", to: "nobody" })).error.message, "invalid message");

  // The user has left when the last tab has; who comes back finds the messages.
  const gone = next(bob.socket, "user disconnected");
  ada.socket.disconnect();
  tab.socket.disconnect();
  assert.deepEqual(await gone, [ada.session.userID]);
  const back = await enter(url, { sessionID: ada.session.sessionID });
  assert.deepEqual(back.users.find((user) => user.userID === bob.session.userID).messages, [letter]);
}

export async function crud({ a }) {
  const [one, other] = await Promise.all([connect(`${a}/todos`), connect(`${a}/todos`)]);

  const created = next(other, "todo:created");
  const { data: id } = await ask(one, "todo:create", { title: "tea", completed: false });
  assert.deepEqual(await created, [{ id, title: "tea", completed: false }]);
  assert.deepEqual(await ask(other, "todo:read", id), { data: { id, title: "tea", completed: false } });

  const updated = next(other, "todo:updated");
  assert.equal(await ask(one, "todo:update", { id, title: "tea", completed: true }), undefined);
  assert.deepEqual(await updated, [{ id, title: "tea", completed: true }]);
  assert.deepEqual(await ask(other, "todo:list"), { data: [{ id, title: "tea", completed: true }] });

  const deleted = next(other, "todo:deleted");
  assert.equal(await ask(one, "todo:delete", id), undefined);
  assert.deepEqual(await deleted, [id]);

  const missing = { error: "entity not found" };
  assert.equal((await ask(one, "todo:read", id)).error, missing.error);
  assert.equal((await ask(one, "todo:update", { id, title: "tea", completed: true })).error, missing.error);
  assert.equal((await ask(one, "todo:delete", id)).error, missing.error);
  const invalid = await ask(one, "todo:create", { title: "", completed: false });
  assert.equal(invalid.error, "invalid payload");
  assert.deepEqual(invalid.errorDetails.map((detail) => detail.path), [["title"]]);
  assert.deepEqual(await ask(one, "todo:list"), { data: [] });
}

export async function jwt({ a }) {
  const url = `${a}/account`;
  const login = (password) => fetch(`${a}/login`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ username: "ada", password }) });
  assert.equal((await login("guess")).status, 401);
  const { token } = await (await login("analytical engine")).json();

  assert.equal(await refused(url, {}), "unauthorized");
  assert.equal(await refused(url, { token: `${token}x` }), "unauthorized");
  const [phone, desk] = await Promise.all([connect(url, { auth: { token } }), connect(url, { auth: { token } })]);
  assert.equal(await ask(phone, "whoami"), "ada");

  const ends = [phone, desk].map((socket) => next(socket, "disconnect"));
  phone.emit("log out everywhere");
  assert.deepEqual((await Promise.all(ends)).map(([reason]) => reason), ["io server disconnect", "io server disconnect"]);
}
