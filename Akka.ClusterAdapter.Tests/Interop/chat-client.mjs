// A chat participant for tests: node chat-client.mjs URL NAME [TRANSPORTS]
// Prints a line per event, its name and its argument as JSON; reads commands from standard input: "say ROOM TEXT", "people".
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [url, name, transports = "websocket"] = process.argv.slice(2);
const socket = io(url, { transports: transports.split(","), auth: { name }, reconnectionDelay: 100, reconnectionDelayMax: 500, forceNew: true });
const print = (event, value) => console.log(`${event} ${JSON.stringify(value ?? null)}`);

socket.onAny((event, value) => print(event, value));
socket.on("disconnect", (reason) => print("disconnect", reason));

const commands = createInterface({ input: process.stdin });
commands.on("line", (line) => {
  const [command, room, ...words] = line.split(" ");
  if (command === "say") socket.timeout(10000).emit("say", room, words.join(" "), (error, accepted) => print("accepted", !error && accepted));
  if (command === "people") socket.timeout(10000).emit("people", (error, all) => print("everybody", error ? null : all));
});
commands.on("close", () => process.exit(0));
