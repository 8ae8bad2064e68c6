"use strict";
// Proves of each stream (one sender, one receiver) that every number has come once and in order. A number that is skipped counts as missing until it
// comes, then as reordered; one that comes again is a duplicate.
class OrderCheck {
  constructor(streams) {
    this.next = new Int32Array(streams);
    this.skipped = new Set();
    this.accepted = 0; this.duplicates = 0; this.reordered = 0; this.wrong = 0;
  }

  // Takes a delivery; false when it should not be counted.
  accept(stream, number, isRight) {
    if (!isRight || !(number >= 0)) { this.wrong++; return false; }
    if (number === this.next[stream]) this.next[stream]++;
    else if (!this.acceptOutOfOrder(stream, number)) return false;
    this.accepted++;
    return true;
  }

  acceptOutOfOrder(stream, number) {
    if (number < this.next[stream]) {
      if (!this.skipped.delete(`${stream}:${number}`)) { this.duplicates++; return false; }
      this.reordered++;
      return true;
    }
    for (; this.next[stream] < number; this.next[stream]++) this.skipped.add(`${stream}:${this.next[stream]}`);
    this.next[stream]++;
    return true;
  }
}
module.exports = { OrderCheck };
