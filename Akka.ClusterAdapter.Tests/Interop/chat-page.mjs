// Two people in browsers on different workers: node chat-page.mjs URL [FOLDER FOR SCREENSHOTS]
// Ends with code 0 and a line of JSON when a message typed in one page appears in the other with both workers' badges.
import assert from "node:assert/strict";
import { join } from "node:path";
import { openBrowser, parameters } from "./browser.mjs";

const [url, screenshots] = parameters;
const mostPages = 16;
const browser = await openBrowser();
const complaints = [];

try {
  const first = await enter();
  let second = await enter();
  for (let pages = 2; second.worker === first.worker && pages < mostPages; pages++) {
    await second.page.close();
    second = await enter();
  }
  assert.notEqual(second.worker, first.worker, `all of ${mostPages} pages came to the same worker`);

  const text = "Hello from the other side";
  await first.page.fill("#text", text);
  await first.page.press("#text", "Enter");
  const line = second.page.locator("#messages li", { hasText: text });
  await line.waitFor();
  const badges = await line.locator(".badge").allTextContents();
  assert.deepEqual(badges, [`worker ${first.worker}`, `worker ${second.worker}`]);
  assert.equal(await line.locator(".route").getAttribute("data-crossed"), "true");
  await second.page.locator("#people li", { hasText: `worker ${first.worker}` }).first().waitFor();

  await second.page.fill("#room", "garden");
  await second.page.press("#room", "Enter");
  await second.page.locator("#room-title", { hasText: "#garden" }).waitFor();
  await first.page.locator("#rooms li", { hasText: "#garden" }).waitFor();

  if (screenshots) await takeScreenshots(first.page, second.page);
  assert.deepEqual(complaints, []);
  console.log(JSON.stringify({ workers: [first.worker, second.worker], badges }));
} finally {
  await browser.close();
}

async function enter() {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("response", (response) => response.status() >= 400 && complaints.push(`${response.status()} ${response.url()}`));
  await page.goto(url);
  await page.locator("#state[data-state=connected]").waitFor();
  const worker = Number(/worker (\d+)/.exec(await page.locator("#state-text").textContent())[1]);
  return { page, worker };
}

async function takeScreenshots(first, second) {
  await first.click("#rooms .open");
  await first.screenshot({ path: join(screenshots, "light.png") });
  await second.emulateMedia({ colorScheme: "dark" });
  await second.locator("#rooms .open", { hasText: "lobby" }).click();
  await second.screenshot({ path: join(screenshots, "dark.png") });
  await second.setViewportSize({ width: 390, height: 800 });
  await second.screenshot({ path: join(screenshots, "phone.png"), fullPage: true });
}
