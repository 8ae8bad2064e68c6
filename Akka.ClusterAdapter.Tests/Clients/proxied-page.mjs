// A page with a cookie behind a proxy, in a real browser: node proxied-page.mjs <url>. Prints who its sockets are taken for, with WebSocket alone and with default transports.
import { createRequire } from "node:module";

const require = createRequire(new URL("../Interop/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const browser = await chromium.launch({
  timeout: 120_000,
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

try {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  const file = new URL("/socket.io/socket.io.js", process.argv[2]).href;
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
