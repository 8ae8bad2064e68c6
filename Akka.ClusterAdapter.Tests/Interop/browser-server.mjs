// One browser for all tests with pages: node browser-server.mjs prints its address and keeps it until the input ends.
import { chromium } from "playwright-core";
import { options } from "./browser.mjs";

const server = await chromium.launchServer(options);
console.log(`BROWSER ${server.wsEndpoint()}`);
for await (const _ of process.stdin) { /* Nothing is expected. */ }
await server.close();
