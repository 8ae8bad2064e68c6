"use strict";
// A plain page around the official client. Everything shown comes from the server; text never becomes markup.
// What the two say to each other is checked: events.d.ts is written by the build, from the server's C#.
/** @import { Socket } from "socket.io-client" */
/** @import { ServerToClientEvents, ClientToServerEvents, Person, Line } from "./events" */
/** @typedef {Line & { to?: number, at: Date }} Heard */
/** @typedef {{ note: string, kind: string }} Note */

/** @param {string} id @returns {any} */
const $ = (id) => document.getElementById(id);
/** @type {Map<string, Person>} */
const people = new Map();
/** @type {(Heard | Note)[]} */
const lines = [];
/** @type {Set<string>} */
const rooms = new Set(remembered("rooms", ["lobby"]));
/** @type {string} */
let room = remembered("room", "lobby");
/** @type {Person | null} */
let me = null;
let lostAt = 0;
let shownRooms = "";

const names = ["Ada", "Alan", "Barbara", "Claude", "Donald", "Edsger", "Frances", "Grace", "John", "Karen", "Leslie", "Radia", "Tim", "Tony"];
let myName = remembered("name", `${names[Math.floor(Math.random() * names.length)]} ${10 + Math.floor(Math.random() * 90)}`);
remember("name", myName);
$("name").value = myName;

// The client's defaults: it polls first and then changes to a WebSocket. Whichever worker a request reaches, its session is found.
/** @type {Socket<ServerToClientEvents, ClientToServerEvents>} */
const socket = io({
  auth: (/** @type {(auth: object) => void} */ give) => give({ name: myName, rooms: [...rooms] }),
  reconnectionDelay: 200,
  reconnectionDelayMax: 2000,
});

socket.on("hello", (person) => {
  const before = me;
  me = person;
  showState("connected", `Connected to worker ${person.worker} (pid ${person.pid})`);
  if (before) {
    if (before.id !== person.id) people.delete(before.id);
    const missed = socket.recovered ? "nothing was missed" : "what was said meanwhile is missing";
    note(`Connected again after ${((Date.now() - lostAt) / 1000).toFixed(1)} s, now on worker ${person.worker}: ${missed}`);
  }
  meet(person);
  refresh();
});
socket.on("person", meet);
socket.on("gone", (id) => { people.delete(id); showPeople(); });
socket.on("said", (line) => add({ ...line, to: me?.worker, at: new Date() }));
socket.on("connect_error", (error) => showState("connecting", `Not connected: ${error.message}. Trying again …`));
socket.on("disconnect", (reason) => {
  lostAt = Date.now();
  note(`Connection to worker ${me?.worker} ended (${reason})`, "lost");
  showState("connecting", "Connection lost. Connecting again …");
});
socket.io.on("reconnect_attempt", (attempt) => showState("connecting", `Connecting again, attempt ${attempt} …`));

// A worker that was killed said no goodbye for its people.
setInterval(refresh, 5000);

$("reconnect").addEventListener("click", () => socket.disconnect().connect());

$("name-form").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  myName = $("name").value.trim() || myName;
  $("name").value = myName;
  remember("name", myName);
  socket.emit("rename", myName, meet);
});

$("room-form").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  const wanted = $("room").value.trim();
  if (!wanted) return;
  $("room").value = "";
  socket.emit("join", wanted, (person) => { meet(person); open(person.rooms.includes(wanted) ? wanted : room); });
});

$("say-form").addEventListener("submit", async (/** @type {Event} */ event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  try {
    if (!await socket.timeout(10000).emitWithAck("say", room, text)) note("That was not accepted", "lost");
  } catch {
    note(`Not delivered: ${text}`, "lost");
  }
});

function refresh() {
  if (!socket.connected) return;
  socket.timeout(10000).emit("people", (error, all) => {
    if (error || !Array.isArray(all)) return;
    people.clear();
    for (const person of all) people.set(person.id, person);
    showPeople();
  });
}

/** @param {Person} person */
function meet(person) {
  people.set(person.id, person);
  if (me && person.id === me.id) {
    me = person;
    rooms.clear();
    for (const name of person.rooms) rooms.add(name);
    remember("rooms", [...rooms]);
    if (!rooms.has(room) && rooms.size) open([...rooms][0]);
  }
  showPeople();
}

/** @param {string} name */
function open(name) {
  room = name;
  remember("room", room);
  showRooms();
  showLines();
}

/** @param {string} name */
function leave(name) {
  socket.emit("leave", name, meet);
}

/** @param {string} state @param {string} text */
function showState(state, text) {
  $("state").dataset.state = state;
  $("state-text").textContent = text;
  $("send").disabled = state !== "connected";
}

function showPeople() {
  const all = [...people.values()].sort((a, b) => a.worker - b.worker || a.name.localeCompare(b.name));
  const workers = new Set(all.map((person) => person.worker)).size;
  $("people-count").textContent = `(${all.length} on ${workers} ${workers === 1 ? "worker" : "workers"})`;
  $("people").replaceChildren(...all.map((person) => {
    const mine = me && person.id === me.id;
    const who = make("span", mine ? "who me" : "who", mine ? `${person.name} (you)` : person.name);
    who.append(make("small", "", ` ${person.rooms.map((name) => `#${name}`).join(" ")}`));
    return make("li", "", who, badge(person.worker));
  }));
  showRooms();
}

function showRooms() {
  const members = new Map([...rooms].map((name) => [name, 0]));
  for (const person of people.values())
    for (const name of person.rooms) members.set(name, (members.get(name) ?? 0) + 1);
  $("room-title").textContent = `#${room}`;
  // Drawn anew only when different: a button that vanishes takes the keyboard's focus along.
  const shape = JSON.stringify([room, [...rooms], [...members]]);
  if (shape === shownRooms) return;
  shownRooms = shape;
  $("rooms").replaceChildren(...[...members].sort().map(([name, count]) => {
    const mine = rooms.has(name);
    const button = make("button", "open", make("span", "", `#${name}`), make("small", "", mine ? `${count}` : `${count} · join`));
    button.type = "button";
    button.setAttribute("aria-current", String(name === room));
    button.addEventListener("click", () => mine ? open(name) : socket.emit("join", name, (person) => { meet(person); open(name); }));
    const item = make("li", "", button);
    if (mine && rooms.size > 1) {
      const out = make("button", "leave", "Leave");
      out.type = "button";
      out.setAttribute("aria-label", `Leave #${name}`);
      out.addEventListener("click", () => leave(name));
      item.append(out);
    }
    return item;
  }));
}

function showLines() {
  $("messages").replaceChildren();
  for (const line of lines) showLine(line);
  if (!$("messages").childElementCount) $("messages").append(make("li", "note empty", "Nothing here yet. Say something, and watch it arrive in another tab."));
}

/** @param {Heard | Note} line */
function add(line) {
  lines.push(line);
  showLine(line);
}

/** @param {Heard | Note} line */
function showLine(line) {
  if ("note" in line) {
    const item = make("li", "note", line.note);
    item.dataset.kind = line.kind;
    append(item);
    return;
  }
  if (line.room !== room) return;
  const route = make("span", "route", badge(line.worker), "→", badge(line.to));
  route.dataset.crossed = String(line.worker !== line.to);
  route.title = line.worker === line.to ? "Taken and delivered by the same worker" : "Crossed from one worker to another";
  append(make("li", "",
    make("div", "head", make("span", "name", line.name), route, make("time", "", line.at.toLocaleTimeString())),
    make("div", "text", line.text)));
}

/** @param {HTMLElement} item */
function append(item) {
  const log = $("messages");
  log.querySelector(".empty")?.remove();
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  log.append(item);
  if (atEnd) log.scrollTop = log.scrollHeight;
}

/** @param {string} text */
function note(text, kind = "") {
  add({ note: text, kind });
}

/** @param {number | undefined} worker */
function badge(worker) {
  const mark = make("span", "badge", `worker ${worker}`);
  mark.style.setProperty("--worker", `${worker}`);
  return mark;
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} className
 * @param {(string | Node)[]} children
 */
function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

// Per tab, so that two tabs are two people.
/** @param {string} key @param {any} fallback */
function remembered(key, fallback) {
  try { return JSON.parse(sessionStorage.getItem(key) ?? "null") ?? fallback; } catch { return fallback; }
}

/** @param {string} key @param {unknown} value */
function remember(key, value) {
  sessionStorage.setItem(key, JSON.stringify(value));
}

showLines();
showRooms();
