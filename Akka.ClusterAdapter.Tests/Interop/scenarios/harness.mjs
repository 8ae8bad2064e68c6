// What scenarios share. Clients are the official ones, each with a connection of its own.
import { io } from "socket.io-client";

const PATIENCE = 60_000;
const open = [];
const waiting = new Set();

/** A promise with a limit, so that a failure names what did not come. */
export function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`did not come: ${what}`)), PATIENCE); });
  waiting.add(timer);
  return Promise.race([promise, late]).finally(() => {
    clearTimeout(timer);
    waiting.delete(timer);
  });
}

/** A connected client; WebSocket only unless the options say otherwise. */
export async function connect(url, options = {}) {
  const socket = io(url, { transports: ["websocket"], forceNew: true, reconnection: false, ...options });
  open.push(socket);
  await within(new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  }), `connection to ${url}`);
  return socket;
}

/** A client that the scenario opened itself ends with it. */
export function closeLater(socket) {
  open.push(socket);
}

/** The arguments of the next event of that name. */
export function next(socket, event) {
  return within(new Promise((resolve) => socket.once(event, (...args) => resolve(args))), `event ${event}`);
}

/** Keeps all events of that name. */
export function record(socket, event) {
  const received = [];
  socket.on(event, (...args) => received.push(args));
  return received;
}

/** Polls until the condition holds. */
export async function eventually(condition, what) {
  const end = Date.now() + PATIENCE;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not in time: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** An event of the client and its acknowledgement. */
export function ask(socket, event, ...args) {
  return within(socket.emitWithAck(event, ...args), `acknowledgement of ${event}`);
}

/** One command to a worker; fails when the worker does not carry it out. */
export async function control(url, op, members = {}) {
  const answer = await tryControl(url, op, members);
  if (!answer.ok) throw new Error(`${op} failed: ${JSON.stringify(answer)}`);
  return answer;
}

/** One command to a worker, whatever becomes of it. */
export async function tryControl(url, op, members = {}) {
  const response = await within(fetch(`${url}/control`, { method: "POST", body: JSON.stringify({ op, ...members }) }), `answer to ${op}`);
  return response.json();
}

/**
 * Has seen everything that was sent to these clients through a worker before now: an event through the same channel comes last.
 */
export async function settle(url, ...sockets) {
  const event = `settled-${Math.random()}`;
  const all = Promise.all(sockets.map((socket) => next(socket, event)));
  await control(url, "emit", { event, args: [] });
  await all;
}

/** The end of a scenario: its clients leave, and what it no longer waits for fails nobody else. */
export function closeAll() {
  for (const socket of open.splice(0)) socket.disconnect();
  for (const timer of waiting) clearTimeout(timer);
  waiting.clear();
}

let rooms = 0;

/** A room nobody used before, not even another scenario. */
export function freshRoom() {
  return `room-${process.pid}-${++rooms}`;
}
