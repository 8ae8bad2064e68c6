// Prints the golden bytes of MessagePackInteropTests, made by the package JavaScript clients and servers use:
//   npm install socket.io-msgpack-parser@3.0.2 && node msgpack-golden.mjs
import { createRequire } from "node:module";
import { deepStrictEqual } from "node:assert";

const { Encoder, Decoder } = createRequire(import.meta.url)("socket.io-msgpack-parser");
const encode = (packet) => new Encoder().encode(packet)[0];

function decode(bytes) {
  let packet;
  const decoder = new Decoder();
  decoder.on("decoded", (value) => (packet = value));
  decoder.add(bytes);
  return packet;
}

const clientOptions = { compress: true };
const fromClients = {
  connect: { type: 0, data: undefined, options: undefined, nsp: "/" },
  connectWithAuth: { type: 0, data: { token: "123", extra: undefined }, nsp: "/admin" },
  disconnect: { type: 1, nsp: "/admin" },
  event: { type: 2, data: ["hello", 1, "two", { three: [null, true, undefined] }], options: clientOptions, nsp: "/" },
  eventWithAck: { type: 2, data: ["ask", -1, 1.5, 4294967296, -4294967297], options: clientOptions, id: 0, nsp: "/" },
  binary: { type: 2, data: ["bin", Buffer.from([1, 2, 3]), { inner: Uint8Array.of(4, 5).buffer, one: Uint8Array.of(6) }], nsp: "/" },
  date: { type: 2, data: ["date", new Date(1700000000123), new Date(-1)], nsp: "/" },
  notNumbers: { type: 2, data: ["nan", NaN, Infinity], nsp: "/" },
  ack: { type: 3, data: ["ok"], id: 300, nsp: "/é" },
};

const fromServers = {
  connect: { type: 0, data: { sid: "abc" }, nsp: "/admin" },
  disconnect: { type: 1, nsp: "/" },
  event: { type: 2, data: ["hello", null, true, false, 127, 128, 65536, -32, -33, -70000, 1.25, "Zoë 😀"], nsp: "/" },
  large: { type: 2, data: ["large", 9007199254740991, -9007199254740991, "x".repeat(40)], nsp: "/", id: 70000 },
  nested: { type: 2, data: ["nested", { items: [{ id: 1 }, { id: 2 }], empty: {}, none: [] }], nsp: "/" },
  binary: { type: 2, data: ["bin", Buffer.from([1, 2, 3]), { inner: Buffer.alloc(0) }], nsp: "/" },
  ack: { type: 3, data: [], nsp: "/", id: 0 },
  connectError: { type: 4, data: { message: "Not authorized" }, nsp: "/" },
};

for (const [name, packet] of Object.entries(fromClients)) console.log("client", name, encode(packet).toString("hex"));
for (const [name, packet] of Object.entries(fromServers)) {
  const bytes = encode(packet);
  deepStrictEqual(decode(bytes), packet);
  console.log("server", name, bytes.toString("hex"));
}
