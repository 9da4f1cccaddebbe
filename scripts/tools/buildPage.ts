/**
 * Builds the page into dashboard/built, which is committed, and notes what it was built of.
 *
 *     npm run page
 */
import { fileURLToPath } from "node:url";

import { writePageStamp } from "./pageStamp.ts";
import { bringPageTools, pageTool } from "./pageTools.ts";

const CONFIG = fileURLToPath(new URL("../../dashboard/vite.config.ts", import.meta.url));

/** What is used of Vite, which is not installed where only Freshet is run. */
interface Vite {
  build(options: {
    configFile: string;
    logLevel: "info" | "warn";
    build?: { outDir: string };
  }): Promise<unknown>;
}

/** Builds the page from its sources. @param outDir - Where to; dashboard/built unless given. */
export async function buildPage(outDir?: string): Promise<void> {
  await bringPageTools();
  const { build } = pageTool<Vite>("vite");
  if (outDir !== undefined) await build({ configFile: CONFIG, logLevel: "warn", build: { outDir } });
  else await build({ configFile: CONFIG, logLevel: "info" });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildPage();
  await writePageStamp();
}
