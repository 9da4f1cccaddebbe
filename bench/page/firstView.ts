/**
 * How long the page's server takes for its answers with 1,000 tasks, and how much memory it has while it runs for long.
 *
 *   node bench/page/firstView.ts [--tasks 1000] [--minutes 2] [--json]
 *
 * Chains are scripted, in a process of their own: what is measured is reading, folding and answering. Memory is measured
 * while tasks go on to come and viewers come and go.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import { PageService } from "../../dashboard/server/PageService.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { RemoteStore } from "../../storage/RemoteStore.ts";
import { median } from "../median.ts";

const { values } = parseArgs({
  options: {
    tasks: { type: "string", default: "1000" },
    messages: { type: "string", default: "10000" },
    minutes: { type: "string", default: "2" },
    built: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const tasks = Number(values.tasks);
const messages = Number(values.messages);
const minutes = Number(values.minutes);

/** Questions that a first view asks, and those of the largest views. */
const PATHS = [
  "/",
  "/api/network",
  "/api/tasks",
  "/api/tasks/1",
  "/api/tasks/1/freshness",
  "/api/tasks/1/money",
  "/api/messages",
];
const TIMES = 7;

const chains = fork(fileURLToPath(new URL("scriptedProcess.ts", import.meta.url)), [
  String(tasks),
  String(messages),
]);
const [network] = (await once(chains, "message")) as [NetworkFile];

const rest = () => {
  globalThis.gc?.();
  return Math.round(process.memoryUsage().rss / 2 ** 20);
};
const before = rest();
const began = performance.now();
const usedBefore = process.cpuUsage();
const { page, url } = await PageService.start(
  network,
  {
    version: "bench",
    place: { host: "127.0.0.1", port: 0 },
    ...(values.built === undefined ? {} : { built: values.built }),
  },
  { clock: systemClock, storage: new RemoteStore({ servers: ["http://127.0.0.1:9"] }) },
);
await Promise.all(page.watch.feeds.map(({ firstRead }) => firstRead));
const coldMilliseconds = Math.round(performance.now() - began);
const used = process.cpuUsage(usedBefore);
const coldProcessorMilliseconds = Math.round((used.user + used.system) / 1000);

/** What a viewer waits for: the whole answer. The state changes in between, so that none is remembered. */
async function timed(path: string): Promise<number> {
  page.watch.version++;
  const from = performance.now();
  const response = await fetch(`${url}${path}`);
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}.`);
  return performance.now() - from;
}

const answers: Record<string, number> = {};
for (const path of PATHS) {
  await timed(path);
  const all: number[] = [];
  for (let n = 0; n < TIMES; n++) all.push(await timed(path));
  answers[path] = Math.round(10 * median(all)) / 10;
}

const memory: { minute: number; megabytes: number; viewers: number }[] = [];
const end = Date.now() + minutes * 60_000;
for (let n = 0; Date.now() < end; n++) {
  chains.send("more");
  const gone = new AbortController();
  const lines = Array.from({ length: 20 }, () =>
    fetch(`${url}/api/events?topics=network,tasks,messages`, { signal: gone.signal })
      .then(async ({ body }) => {
        for await (const _ of body!);
      })
      .catch(() => undefined),
  );
  await systemClock.sleep(1000);
  for (const path of PATHS) await timed(path);
  gone.abort();
  await Promise.all(lines);
  if (n % 10 === 0) {
    const minute = Math.round((10 * (minutes * 60_000 - (end - Date.now()))) / 60_000) / 10;
    memory.push({ minute, megabytes: rest(), viewers: page.hub.viewers });
  }
}
await page.stop();
chains.disconnect();
const result = {
  tasks,
  messages,
  coldMilliseconds,
  coldProcessorMilliseconds,
  answers,
  megabytesBefore: before,
  memory,
};
if (values.json) console.log(JSON.stringify(result));
else {
  console.log(
    `${tasks} tasks, ${messages} messages: read and folded in ${(coldMilliseconds / 1000).toFixed(1)} s, ${(coldProcessorMilliseconds / 1000).toFixed(1)} s of a processor`,
  );
  for (const [path, milliseconds] of Object.entries(answers)) {
    console.log(`  ${path.padEnd(28)} ${milliseconds.toFixed(1).padStart(8)} ms`);
  }
  console.log(`memory before: ${before} MB`);
  for (const { minute, megabytes, viewers } of memory) {
    console.log(`  after ${minute.toFixed(1).padStart(5)} min: ${megabytes} MB, ${viewers} viewers`);
  }
}
