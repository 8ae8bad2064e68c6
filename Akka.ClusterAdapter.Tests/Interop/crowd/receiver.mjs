import http from "node:http";
import { io } from "socket.io-client";
import { Hearing } from "./hearing.mjs";
import { count, now, ownTime, statusOf } from "./measure.mjs";

const PROOF_MS = 250;
// Those that poll cost most; a few are enough.
const TRANSPORTS = Array.from({ length: 20 }, (_, i) => (i === 0 ? ["polling"] : i < 8 ? ["polling", "websocket"] : ["websocket"]));

// The XMLHttpRequest of Node.js clients (xmlhttprequest-ssl 2.1.2) hangs when a kept connection ends under its request: it makes the request anew and never sends it.
// Browsers do not, and the server cannot reach such a client (docs/decisions/0064). So its request fails here, as one on a new connection does.
class Connections extends http.Agent {
  reuseSocket(socket, request) {
    super.reuseSocket(socket, request);
    request.reusedSocket = false;
  }
}

/** A client that comes back whatever happens, and remembers when it was there and what it heard. */
export class Receiver {
  /** When it was there: from its entry until its end; a worker has answered what was sent at `proven`. */
  spans = [];
  hearing = new Hearing();
  longestAway = 0;
  /** What it tried in that time. */
  longestWay = [];
  reasons = [];
  /** Ends that nobody told it of: it has waited for the next ping in vain. */
  silences = [];
  #leftAt;
  #way = [];
  #engine;
  #steps = [];

  constructor(url, dialect, number) {
    this.name = `client ${number} (${TRANSPORTS[number % TRANSPORTS.length]})`;
    // As clients are by default, but each with connections of its own.
    this.socket = io(url, {
      transports: TRANSPORTS[number % TRANSPORTS.length], agent: new Connections({ keepAlive: true }), forceNew: true,
      reconnectionDelay: 100, reconnectionDelayMax: 1_000,
    });
    this.socket.io.on("open", () => this.#follow());
    for (const step of ["reconnect_attempt", "reconnect_error", "open", "close"]) this.socket.io.on(step, (what) => this.#trace(step, what));
    this.socket.on("connect", () => this.#trace("connect"));
    dialect.enter(this.socket, () => this.#enter());
    this.socket.on("disconnect", (reason, details) => this.#leave(reason, details));
    this.socket.on("connect_error", (error) => count(statusOf(error)));
    this.socket.on(dialect.heard, (payload) => this.#hear(dialect.textOf(payload)));
    setTimeout(() => setInterval(() => this.#prove(dialect), PROOF_MS), Math.random() * PROOF_MS);
  }

  get isThere() {
    return this.socket.connected && this.spans.at(-1)?.to === Infinity;
  }

  get state() {
    const { io: manager, connected } = this.socket;
    return `${this.name}: connected ${connected}, manager ${manager._readyState}, engine ${manager.engine?.readyState} ${manager.engine?.transport?.name}, `
      + `upgrading ${manager.engine?.upgrading}, attempts ${manager.backoff.attempts}, reasons ${this.reasons}`;
  }

  /** The longest time that it was or is away. */
  get away() {
    return Math.max(this.longestAway, this.#leftAt === undefined ? 0 : ownTime() - this.#leftAt);
  }

  /** Whether a worker served it all that time. When it learns of its end says more about a busy machine than about the worker; an answer cannot be mistaken. */
  wasThere(from, to) {
    return this.spans.some((span) => span.from <= from && span.proven >= to);
  }

  #enter() {
    if (this.isThere) return;
    this.#trace("there");
    if (this.away > this.longestAway) this.longestWay = this.#way;
    this.longestAway = this.away;
    this.#leftAt = undefined;
    this.#way = [];
    this.spans.push({ from: now(), proven: 0, to: Infinity });
  }

  #leave(reason, details) {
    count(statusOf(details));
    this.reasons.push(reason);
    if (reason === "ping timeout") this.silences.push(this.#silence);
    this.#leftAt ??= ownTime();
    const span = this.spans.at(-1);
    if (span?.to === Infinity) span.to = now();
  }

  #trace(step, what) {
    this.#way.push(`${Math.round(now())} ${step} ${what?.message ?? what ?? ""}`.trimEnd());
  }

  get #silence() {
    const { upgrading, transport } = this.#engine;
    return `${this.name} at ${Math.round(now())} ms: ${transport.name} ${transport.readyState}, polling ${transport._polling}, writable ${transport.writable}, upgrading ${upgrading}, ${this.#steps}`;
  }

  /** What became of its upgrade, and when. */
  #follow() {
    this.#engine = this.socket.io.engine;
    this.#steps = [];
    for (const step of ["upgrading", "upgrade", "upgradeError"]) {
      this.#engine.on(step, () => {
        this.#trace(step);
        this.#steps.push(`${step} at ${Math.round(now())}`);
      });
    }
  }

  async #prove(dialect) {
    if (!this.isThere) {
      // What it waits for.
      if (this.away > 3_000 && this.#way.length < 60) this.#trace(this.state, this.#engine && this.#silence);
      return;
    }
    const span = this.spans.at(-1);
    const asked = now();
    try {
      await dialect.ask(this.socket);
      // What it has asked when its end was due already, its next connection answers.
      if (span.to === Infinity) span.proven = Math.max(span.proven, asked);
    } catch {
      // Its end came first.
    }
  }

  #hear(text) {
    const slash = text.indexOf("/");
    // By its id: what came with the answer to its CONNECT is heard before it says that it is connected.
    this.hearing.hear(this.socket.id, text.slice(0, slash), Number(text.slice(slash + 1)));
  }
}
