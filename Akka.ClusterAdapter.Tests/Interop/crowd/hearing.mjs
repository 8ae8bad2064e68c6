/**
 * What one client has heard of numbered broadcasts, and what was wrong with it. The order of a sender counts on one connection: there nothing comes twice,
 * nothing late, and nothing is missing between two numbers. Two workers have no order in common, nor have those of the original: the next worker may be
 * behind the one before it, and then its new client hears once more what it has heard already (docs/delivery.md). Connection state recovery prevents that.
 */
export class Hearing {
  faults = { twice: 0, disordered: 0, holes: 0 };
  /** What an earlier connection had heard as well. */
  again = 0;
  #origins = new Map();

  hear(connection, origin, n) {
    const of = this.#origins.get(origin) ?? this.#origins.set(origin, { last: 0, numbers: new Map() }).get(origin);
    if (of.connection !== connection) [of.connection, of.here] = [connection, undefined];
    if (of.numbers.get(n) === connection) this.faults.twice++;
    else if (n < of.here) this.faults.disordered++;
    else if (n > of.here + 1) this.faults.holes++;
    if (of.numbers.has(n) && of.numbers.get(n) !== connection) this.again++;
    of.numbers.set(n, connection);
    of.here = Math.max(n, of.here ?? 0);
    of.last = Math.max(n, of.last);
  }

  has(origin, n) {
    return this.#origins.get(origin)?.numbers.has(n) === true;
  }

  lastOf(origin) {
    return this.#origins.get(origin)?.last ?? 0;
  }
}
