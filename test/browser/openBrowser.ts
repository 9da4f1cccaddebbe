import type { Browser, BrowserContext } from "playwright-core";

import { pageTool } from "../../scripts/tools/pageTools.ts";
import { browserOnPath } from "./browserOnPath.ts";

/** Starts the browser that is installed. */
export async function openBrowser(): Promise<Browser> {
  const { chromium } = pageTool<typeof import("playwright-core")>("playwright-core");
  return chromium.launch({ executablePath: browserOnPath()!, args: ["--no-sandbox"] });
}

/** A window as tests look at the page in: the same on every machine. */
export function openWindow(
  browser: Browser,
  { dark = false, width = 1280, height = 900 }: { dark?: boolean; width?: number; height?: number } = {},
): Promise<BrowserContext> {
  return browser.newContext({
    colorScheme: dark ? "dark" : "light",
    viewport: { width, height },
    locale: "en-GB",
    timezoneId: "Europe/Vienna",
    reducedMotion: "reduce",
  });
}
