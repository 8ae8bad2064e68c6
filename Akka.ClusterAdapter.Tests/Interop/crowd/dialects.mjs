// What clients say to a program so that they hear its broadcasts, broadcast themselves, and learn whether they are still served.

/** examples/TestServer */
const server = {
  heard: "b",
  textOf: (payload) => payload,
  enter: (socket, there) => socket.on("connect", () => socket.emit("join", "everybody", there)),
  say: (socket, text) => socket.emitWithAck("broadcast", "everybody", text),
  ask: (socket) => socket.emitWithAck("echo", 0),
};

/** The chat of examples/SeedNodes: everybody is in the lobby from the start. */
const chat = {
  heard: "said",
  textOf: ({ text }) => text,
  enter: (socket, there) => socket.on("hello", there),
  async say(socket, text) {
    if (!(await socket.emitWithAck("say", "lobby", text))) throw new Error("refused");
  },
  // It does not say anything empty, and answers that.
  ask: (socket) => socket.emitWithAck("say", "lobby", ""),
};

export const dialects = { server, chat };
