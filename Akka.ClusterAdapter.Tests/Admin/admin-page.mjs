// The official admin page in a browser: node admin-page.mjs cluster SHARED-URL WORKERS, or node admin-page.mjs read-only URL. WORKERS: [{ "url", "pid" }] as JSON.
// Ends with code 0 and the line "passed".
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { openBrowser, parameters } from "../Interop/browser.mjs";

const { io } = createRequire(new URL("../Interop/package.json", import.meta.url))("socket.io-client");
const [scenario, url, workers] = parameters;
const patience = +(process.env.PATIENCE ?? 120_000);
const complaints = [];
const clients = [];
const browser = await openBrowser();

try {
  const page = await openPage();
  await (scenario === "cluster" ? cluster(page, JSON.parse(workers)) : readOnly(page));
  assert.deepEqual(complaints, []);
  console.log("passed");
} finally {
  clients.forEach((client) => client.close());
  await browser.close();
}

async function cluster(page, workers) {
  const early = await connect(workers[1].url);
  const { id } = early;
  await logIn(page, "wrong");
  await page.getByText("Invalid credentials").waitFor();
  await logIn(page, "correct horse");
  await isConnected(page);

  await show(page, "Servers");
  for (const { pid } of workers) await row(page, `#${pid}`).filter({ hasText: "HEALTHY" }).waitFor();

  await show(page, "Sockets");
  await row(page, id).waitFor();
  const live = await connect(workers[2].url);
  await row(page, live.id).waitFor();

  await row(page, id).getByText(id).click();
  await page.getByLabel("Join a room").fill("blue");
  await page.locator("button:has(.mdi-tag-plus-outline)").click();
  await row(page, "blue").waitFor();
  assert.deepEqual(await membersOf(workers[1].url, "blue"), [id]);
  await show(page, "Rooms");
  await row(page, "blue").waitFor();

  const news = new Promise((resolve) => early.once("news", (...args) => resolve(args)));
  // The page has no button for it, but its connection may.
  await page.evaluate((id) => window.send(`42/admin,["emit","/","${id}","news",1,{"of":"the page"}]`), id);
  assert.deepEqual(await news, [1, { of: "the page" }]);

  await show(page, "Sockets");
  await row(page, id).getByText(id).click();
  await row(page, "blue").locator("button:has(.mdi-tag-off-outline)").click();
  // A click on the button is one on its row as well, which shows the room.
  await page.locator("main").getByText(/^\s*deleted\s*$/i).waitFor();
  assert.deepEqual(await membersOf(workers[1].url, "blue"), []);
  await show(page, "Events");
  for (const type of ["Connection", "Room joined", "Room left"]) await row(page, type).first().waitFor();

  await show(page, "Sockets");
  const gone = new Promise((resolve) => early.once("disconnect", resolve));
  await row(page, id).locator("button:has(.mdi-logout)").click();
  assert.equal(await gone, "io server disconnect");
  await show(page, "Sockets");
  await row(page, id).waitFor({ state: "detached" });

  // A page that is loaded again has no password any more: it shows its session.
  await page.reload();
  await isConnected(page);
  await show(page, "Sockets");
  await row(page, live.id).waitFor();
  const mine = await placesOf(workers);
  process.kill(workers[mine.indexOf(true)].pid, "SIGKILL");
  await page.locator("header").getByText(/^\s*disconnected\s*$/i).first().waitFor();
  await isConnected(page);
  assert.equal(await page.getByLabel("Password").isVisible(), false, "nobody is asked for the password");
  const survivor = workers[mine.indexOf(false)];
  const late = await connect(survivor.url);
  await show(page, "Sockets");
  await row(page, late.id).waitFor();
}

async function readOnly(page) {
  const client = await connect(url);
  await logIn(page, "correct horse");
  await isConnected(page);
  await show(page, "Sockets");
  await row(page, client.id).waitFor();
  assert.equal(await row(page, client.id).locator("button:not([disabled])").count(), 0, "the page shows no button");
  await page.evaluate(() => window.send('42/admin,["_disconnect","/",true]'));
  await page.evaluate(() => window.send('42/admin,["emit","/","","news"]'));
  const seen = [];
  client.onAny((event) => seen.push(event));
  assert.equal(await client.timeout(patience).emitWithAck("echo", "still here"), "still here");
  assert.deepEqual([seen, client.connected], [[], true]);
}

async function openPage() {
  const page = await browser.newPage({ viewport: { width: 1500, height: 1000 } });
  page.setDefaultTimeout(patience);
  page.on("pageerror", (error) => complaints.push(String(error)));
  // Fonts and icons from elsewhere, which cannot be reached here.
  await page.route((address) => address.origin !== new URL(url).origin, (route) => route.abort());
  await page.addInitScript(() => {
    const Original = window.WebSocket;
    window.WebSocket = class extends Original {
      constructor(...args) {
        super(...args);
        window.send = (text) => this.send(text);
      }
    };
  });
  await page.goto(`${url}/admin-page`);
  return page;
}

async function logIn(page, password) {
  await page.getByLabel("Server URL").fill(url);
  await page.getByLabel("Username").fill("ada");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Connect" }).click();
}

function isConnected(page) {
  return page.locator("header").getByText(/^\s*connected\s*$/i).first().waitFor();
}

function show(page, view) {
  return page.getByRole("link", { name: view, exact: true }).first().click();
}

function row(page, text) {
  return page.locator("main tr:visible", { hasText: text });
}

async function connect(worker) {
  const client = io(worker, { forceNew: true });
  clients.push(client);
  await new Promise((resolve, reject) => client.once("connect", resolve).once("connect_error", reject));
  return client;
}

/** At which worker the page is, once the connection that it had before is gone. */
async function placesOf(workers) {
  while (true) {
    const places = await Promise.all(workers.map(async ({ url }) => Object.keys(await roomsOf(url, "/admin")).length > 0));
    if (places.filter(Boolean).length === 1) return places;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function roomsOf(worker, nsp) {
  const answer = await fetch(`${worker}/control`, { method: "POST", body: JSON.stringify({ op: "localRooms", nsp }) });
  return (await answer.json()).rooms;
}

/** Its members, once what the page asked for has come to its worker. */
async function membersOf(worker, room) {
  return (await roomsOf(worker, "/"))[room] ?? [];
}
