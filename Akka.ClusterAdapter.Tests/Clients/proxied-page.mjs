// A page with a cookie behind a proxy, in a real browser: node proxied-page.mjs <url>. Prints who its sockets are taken for, with WebSocket alone and with default transports.
import { openBrowser, parameters } from "../Interop/browser.mjs";

const browser = await openBrowser();

try {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  const file = new URL("/socket.io/socket.io.js", parameters[0]).href;
  await page.goto(file);
  await page.addScriptTag({ url: file });
  console.log(await page.evaluate(async () => {
    document.cookie = "user=ada; path=/";
    const who = async (options) => {
      const socket = io({ forceNew: true, ...options });
      await new Promise((resolve) => socket.once("connect", resolve));
      while (socket.io.engine.transport.name !== "websocket")
        await new Promise((resolve) => setTimeout(resolve, 10));
      const answer = await socket.emitWithAck("who");
      socket.disconnect();
      return answer;
    };
    return `${await who({ transports: ["websocket"] })} ${await who({})}`;
  }));
} finally {
  await browser.close();
}
