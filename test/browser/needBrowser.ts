import { bringPageTools, hasPageTools } from "../../scripts/tools/pageTools.ts";
import { tiered } from "../tier.ts";
import { browserOnPath } from "./browserOnPath.ts";

const NO_BROWSER = "no Chromium on PATH (Debian: apt-get install chromium)";
const NO_TOOLS = "what drives it is not installed (npm run page, and the deep tier, bring it to tools/page)";

/** Skips where there is no browser, or, of the quick tier, nothing that drives it; the deep tier brings that. */
export async function needBrowser(test: Mocha.Context): Promise<void> {
  const brings = tiered(0, 1) === 1;
  const missing =
    browserOnPath() === undefined ? NO_BROWSER : brings || hasPageTools() ? undefined : NO_TOOLS;
  if (missing !== undefined) {
    console.log(`      skipped: ${missing}`);
    test.skip();
  }
  await bringPageTools();
}
