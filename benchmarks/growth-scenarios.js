"use strict";
// The points of the growth curves. Each changes one thing; the others stay.
const point = (curve, x, load, workers = 2) => ({ name: `${curve}-${x}`, curve, x, load, workers, main: true });

module.exports = [
  ...[10, 30, 100, 300, 1000, 3000, 10000].map((x) => point("clients", x, `fanout --clients ${x} --payload 64`)),
  ...[1, 100, 1000, 10000, 100000].map((x) => point("rooms", x, `fanout --clients 200 --payload 64 --other-rooms ${x - 1}`)),
  ...[10, 100, 1000, 5000].map((x) => point("pairs", x, `p2p --rooms ${x} --payload 64`)),
  ...[1, 1000, 10000, 100000].map((x) => point("joins", x, `join --clients 200 --other-rooms ${x - 1}`)),
  ...[1, 2, 3, 4, 5, 6].map((x) => point("workers", x, "fanout --clients 600 --payload 64", x)),
  ...[1, 2, 3, 4, 5, 6].map((x) => point("hops", x, "p2p --rooms 300 --payload 64", x)),
  ...[1, 2, 3, 4, 5, 6].map((x) => point("hops-4k", x, "p2p --rooms 300 --payload 4096", x)),
  ...[1, 2, 3, 4, 5, 6].map((x) => point("idle", x, "idle --steps 12 --settle 500 --duration 5", x)),
  ...[16, 256, 1024, 4096, 16384, 65536, 262144, 524288].map((x) => point("payload", x, `fanout --clients 100 --payload ${x} --window 2`)),
];
