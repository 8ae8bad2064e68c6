// What the official client does in a real browser: node browser.mjs <transports> <url>. The page is the server's own copy of the client. The last line is "passed".
import assert from "node:assert/strict";
import { openBrowser, parameters } from "../Interop/browser.mjs";

const [transports, url] = parameters;
const browser = await openBrowser();

try {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(new URL("/socket.io/socket.io.js", url).href);
  await page.addScriptTag({ url: "/socket.io/socket.io.js" });
  const seen = await page.evaluate(async (transports) => {
    const next = (socket, event) => new Promise((resolve) => socket.once(event, (...args) => resolve(args)));
    const bytes = (value) => (value instanceof ArrayBuffer ? { bytes: [...new Uint8Array(value)] } : value);
    const socket = io({ transports, auth: { token: "browser" }, reconnectionDelay: 20 });
    await next(socket, "connect");
    const result = { auth: await socket.emitWithAck("auth") };
    while ((await socket.emitWithAck("transport")) !== transports.at(-1))
      await new Promise((resolve) => setTimeout(resolve, 10));
    result.transport = socket.io.engine.transport.name;

    const pushed = next(socket, "pushed");
    socket.emit("push", { deep: [Uint8Array.of(1, 2, 3), "žluťoučký 😀"] }, new Blob(["file"]), null);
    const [{ deep: [binary, text] }, file, nothing] = await pushed;
    result.pushed = [bytes(binary), text, new TextDecoder().decode(file), nothing];
    socket.on("question", (value, data, answer) => answer({ first: data, second: Uint8Array.of(7) }));
    result.asked = bytes(await socket.emitWithAck("ask", Uint8Array.of(9, 8)));

    const custom = socket.io.socket("/custom");
    await next(custom, "connect");
    result.custom = await custom.emitWithAck("echo", 5);
    const refused = socket.io.socket("/admin");
    const [error] = await next(refused, "connect_error");
    result.refused = [error.message, error.data];

    const { id } = socket;
    const back = next(socket, "connect");
    socket.emit("cut");
    await back;
    result.isOther = socket.id !== id;
    result.again = await socket.emitWithAck("echo", "back");
    socket.disconnect();
    return result;
  }, transports.split(","));

  assert.deepEqual(seen, {
    auth: { token: "browser" },
    transport: transports.split(",").at(-1),
    pushed: [{ bytes: [1, 2, 3] }, "žluťoučký 😀", "file", null],
    asked: { bytes: [9, 8, 7] },
    custom: 5,
    refused: ["denied", { code: 7, why: ["a", "b"] }],
    isOther: true,
    again: "back",
  });
  assert.deepEqual(complaints, []);
  console.log("passed");
} finally {
  await browser.close();
}
