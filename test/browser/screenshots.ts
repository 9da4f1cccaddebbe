/**
 * Takes pictures of every view of a page that runs, light and dark, for docs/page-views.md.
 *
 *     ./freshet demo --page --keep     # in one terminal; or ./freshet page on a network that has tasks
 *     node test/browser/screenshots.ts http://127.0.0.1:9280 [FOLDER [VIEW…]]
 *
 * With names of views it takes those only: one demo has a market of models, another one of twins.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { MarketsView } from "../../dashboard/api/MarketView.ts";
import type { MessagesView } from "../../dashboard/api/MessageRow.ts";
import type { TaskLive, WorkerView } from "../../dashboard/api/TaskLive.ts";
import type { TaskRow } from "../../dashboard/api/TaskRow.ts";
import type { Paged } from "../../dashboard/api/values.ts";
import { bringPageTools } from "../../scripts/tools/pageTools.ts";
import { openBrowser, openWindow } from "./openBrowser.ts";

const [
  url = "http://127.0.0.1:9280",
  folder = fileURLToPath(new URL("../../docs/images/page", import.meta.url)),
  ...only
] = process.argv.slice(2);
const SIZE = { width: 1200, height: 760 };
/** Until charts are drawn and the page is at rest. */
const REST_MILLISECONDS = 700;

/** The views of what this page has, by the names of their pictures. */
async function viewsOf(): Promise<Record<string, string>> {
  const read = async <T>(path: string) => (await (await fetch(`${url}/api${path}`)).json()) as T;
  const { rows } = await read<Paged<TaskRow>>("/tasks");
  const { markets } = await read<MarketsView>("/markets");
  const messages = await read<MessagesView>("/messages?limit=1");
  const views: Record<string, string> = { network: "network", tasks: "tasks", messages: "messages" };
  const task = rows.find(({ workers }) => workers > 0) ?? rows[0];
  if (task !== undefined) {
    const { workers } = await read<TaskLive>(`/tasks/${task.taskId}`);
    const at = `tasks/${task.taskId}`;
    Object.assign(views, {
      live: at,
      freshness: `${at}/freshness`,
      money: `${at}/money`,
      audit: `${at}/audit`,
    });
    // Whoever earned least has most to be told.
    const worker = [...workers].sort((a, b) => earned(a) - earned(b))[0];
    if (worker !== undefined) views.statement = `${at}/statement/${worker.worker}?chain=${worker.chain}`;
    views.compare = `compare?tasks=${rows
      .slice(0, 3)
      .map(({ taskId }) => taskId)
      .join(",")}`;
  }
  if (messages.rows[0] !== undefined) views.message = `messages/${messages.rows[0].id}`;
  for (const { name } of markets) views[`market-${name}`] = `markets/${name}`;
  return views;
}

/** Roughly, to sort by. */
function earned({ paid }: WorkerView): number {
  return paid === null ? 0 : Number(paid.amount);
}

mkdirSync(folder, { recursive: true });
await bringPageTools();
const browser = await openBrowser();
try {
  for (const colorScheme of ["light", "dark"] as const) {
    const context = await openWindow(browser, { dark: colorScheme === "dark", ...SIZE });
    const page = await context.newPage();
    for (const [name, place] of Object.entries(await viewsOf())) {
      if (only.length > 0 && !only.includes(name)) continue;
      await page.goto(`${url}/#/${place}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.locator(".skeleton").first().waitFor({ state: "detached" });
      await page.waitForTimeout(REST_MILLISECONDS);
      // Of a market, what its charts show is below.
      const fullPage = name.startsWith("market-");
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage });
      console.log(`${name}-${colorScheme}.png`);
    }
    await context.close();
  }
} finally {
  await browser.close();
}
