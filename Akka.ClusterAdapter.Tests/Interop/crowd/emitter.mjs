import { io } from "socket.io-client";
import { count, now, statusOf } from "./measure.mjs";

/** Broadcasts through whichever worker it is on. What that one has acknowledged was sent between the two moments. */
export class Emitter {
  sent = [];
  underWay = 0;
  unacknowledged = 0;
  #dialect;
  #session = 0;
  #next = 1;

  constructor(url, dialect, number) {
    this.#dialect = dialect;
    this.number = number;
    this.socket = io(url, { transports: ["websocket"], forceNew: true, reconnectionDelay: 100, reconnectionDelayMax: 1_000 });
    this.socket.on("connect_error", (error) => count(statusOf(error)));
    this.socket.on("connect", () => {
      this.#session++;
      this.#next = 1;
    });
  }

  get isThere() {
    return this.socket.connected;
  }

  /** Who speaks: what one session broadcasts arrives in its order; another session may be on another worker. */
  get origin() {
    return `${this.number}.${this.#session}`;
  }

  /** The number of the broadcast, when it was acknowledged. */
  async emit() {
    const broadcast = { origin: this.origin, n: this.#next++, from: now() };
    this.underWay++;
    try {
      await this.#dialect.say(this.socket, `${broadcast.origin}/${broadcast.n}`);
      this.sent.push({ ...broadcast, to: now() });
      return broadcast.n;
    } catch {
      this.unacknowledged++;
      return undefined;
    } finally {
      this.underWay--;
    }
  }
}
