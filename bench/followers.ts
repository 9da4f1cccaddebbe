/**
 * What follower and cursor take of a long history: memory while settled tasks pass through, and what a program asks a
 * chain for when it is started again. `node --expose-gc bench/followers.ts [TASKS…]`
 */

import type { ChainEvent } from "../chains/clients/ChainEvent.ts";
import { ChainFollower } from "../chains/clients/ChainFollower.ts";
import type { Cursor, CursorStore } from "../chains/clients/Cursor.ts";
import { textTable } from "../reports/textTable.ts";
import { workersOnSubchain } from "../workers/workerInterest.ts";
import { hashOf, LongHistory } from "./LongHistory.ts";

/** A task arrives every so many blocks, has an event in each until its end, and is over then; two are open at a time. */
const BLOCKS_A_TASK = 20;
const OPEN_BLOCKS = 30;
const CONFIRMATIONS = 3;
/** As where a worker's own events and the others' reveals are: of each round of a task. */
const NAMES = ["UpdateCommitted", "UpdateRevealed", "RoundStarted", "RoundClosed"] as const;
const WORKER = `0x${"0e".repeat(20)}`;

/** A history of tasks that are worked on and end. */
class TaskHistory extends LongHistory {
  isOver(task: bigint, block = this.head - CONFIRMATIONS): boolean {
    return block >= endOf(task);
  }

  protected *eventsOf(block: number): Generator<ChainEvent> {
    let logIndex = 0;
    const event = (name: string, task: bigint, args: Record<string, unknown> = {}) =>
      ({
        contract: "LearningSubchain",
        name,
        args: { task, ...args },
        address: WORKER,
        blockNumber: block,
        logIndex: logIndex++,
        transactionHash: hashOf(block * 100 + logIndex),
      }) as unknown as ChainEvent;
    const newest = BigInt(Math.floor(block / BLOCKS_A_TASK));
    for (const task of newest > 0n ? [newest - 1n, newest] : [newest]) {
      const at = block - beginOf(task);
      if (at === 0) yield event("TaskArrived", task, { startTime: block, epochSeconds: 1 });
      if (at > 0 && block < endOf(task)) {
        yield event(NAMES[at % NAMES.length]!, task, {
          round: Math.floor(at / NAMES.length),
          worker: WORKER,
        });
      }
      if (block === endOf(task)) yield event("TaskFinished", task);
    }
  }
}

function beginOf(task: bigint): number {
  return Number(task) * BLOCKS_A_TASK;
}

function endOf(task: bigint): number {
  return beginOf(task) + OPEN_BLOCKS;
}

/** A follower as workers have one, which forgets a task when it has ended. */
function follow(history: TaskHistory, store?: CursorStore): ChainFollower {
  const interest = workersOnSubchain(new Set([WORKER]), {
    concerns: async ({ args: { task } }) => !history.isOver(task, history.head),
    isOver: async (task) => history.isOver(task),
  });
  const cursor = store && { store, finality: { confirmations: CONFIRMATIONS } };
  const follower = new ChainFollower(
    history.client,
    [],
    { finality: { confirmations: 0 }, interest, cursor },
    {
      onError: (error) => {
        throw error;
      },
    },
  );
  follower.subscribe(({ name, args }) => {
    if (name === "TaskFinished") follower.forget(args.task);
  });
  return follower;
}

function heapMegabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** What a restart asks for, with a cursor or without. */
async function restart(history: TaskHistory, store?: CursorStore) {
  history.read = { requests: 0, blocks: 0, events: 0, times: 0 };
  const began = performance.now();
  const follower = follow(history, store);
  await follower.poll();
  await follower.stop();
  return { ...history.read, milliseconds: performance.now() - began };
}

const counts = process.argv.slice(2).map(Number);
const marks = counts.length > 0 ? counts : [1_000, 5_000, 20_000];
const history = new TaskHistory();
let kept: Cursor | undefined;
const store: CursorStore = {
  load: async () => kept,
  save: async (cursor) => {
    kept = cursor;
  },
};
const follower = follow(history, store);
const rows: string[][] = [];
for (const tasks of marks) {
  while (history.head < tasks * BLOCKS_A_TASK) {
    history.head += 2;
    await follower.poll();
    if (history.head % 100 === 0) await follower.keepCursor();
  }
  const { events, tasks: remembered, told, open } = follower.sizes;
  const heap = heapMegabytes();
  const whole = await restart(history);
  const spared = await restart(history, store);
  const numbers = [tasks, history.head, events, remembered, told, open];
  const asked = [whole, spared].flatMap(({ blocks, requests, events: logs, milliseconds }) => [
    ...[blocks, requests, logs].map((value) => value.toLocaleString("en")),
    `${Math.round(milliseconds)}`,
  ]);
  rows.push([...numbers.map((value) => value.toLocaleString("en")), heap.toFixed(1), ...asked]);
}
await follower.stop();
const headers = [
  "settled tasks",
  "blocks",
  "events kept",
  "tasks remembered",
  "told remembered",
  "open",
  "heap MB",
  ...["without", "with"].flatMap((which) => [`blocks read ${which}`, "requests", "events", "ms"]),
];
const columns = headers.map((header) => ({ header, align: "right" as const }));
const table = textTable({ columns, rows });
process.stdout.write(`${[table.header, ...table.rows].join("\n")}\n`);
