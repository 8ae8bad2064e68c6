// The browser of the tests: one that runs already, at the address of --browser=ADDRESS, or else one of its own.
import { chromium } from "playwright-core";

const LATE = 120_000;
const PREFIX = "--browser=";

export const options = {
  timeout: LATE,
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
};

/** The command line without the browser. */
export const parameters = process.argv.slice(2).filter((parameter) => !parameter.startsWith(PREFIX));

/** Closing it ends no browser that others use. */
export function openBrowser() {
  const address = process.argv.find((parameter) => parameter.startsWith(PREFIX))?.slice(PREFIX.length);
  return address ? chromium.connect(address, { timeout: LATE }) : chromium.launch(options);
}
