// Two people on the page of docs/getting-started.md: node getting-started.mjs URL
import assert from "node:assert/strict";
import { openBrowser, parameters } from "./browser.mjs";

const browser = await openBrowser();
const complaints = [];
try {
  const ada = await enter("Ada");
  await ada.locator("#lines li", { hasText: "1 here" }).waitFor();
  const bob = await enter("Bob");
  await bob.locator("#lines li", { hasText: "2 here" }).waitFor();
  await ada.locator("#lines li", { hasText: "Bob came" }).waitFor();

  await bob.fill("#text", "hello");
  await bob.press("#text", "Enter");
  for (const page of [ada, bob]) await page.locator("#lines li", { hasText: "Bob: hello" }).waitFor();
  console.log("in the chat");
  await ada.locator("#lines li", { hasText: "Grace: from .NET" }).waitFor();

  await bob.close();
  await ada.locator("#lines li", { hasText: "Bob left" }).waitFor();
  assert.deepEqual(complaints, []);
  console.log("done");
} finally {
  await browser.close();
}

async function enter(name) {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${parameters[0]}/?name=${name}`);
  return page;
}
