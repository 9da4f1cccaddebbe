/**
 * A process that makes runs of sweeps, one after the other, as it is told; it ends with the process that started it.
 *
 *     node experiments/sweeps/runProcess.ts THREADS DATA
 */

import type { TrainAndTest } from "../../learning/datasets/DatasetKind.ts";
import type { DatasetSpec } from "../../learning/datasets/DatasetSpec.ts";
import { encodeDataset } from "../../learning/datasets/datasetCodec.ts";
import { sharedDataset } from "../../learning/datasets/sharedDataset.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { FederationPool } from "../../simulation/federated/FederationPool.ts";
import { digestOf } from "../../storage/contentId.ts";
import { TaskData } from "../../tasks/TaskData.ts";
import type { RunTools } from "./RunKind.ts";
import { runKindOf } from "./runKinds.ts";
import type { RunAnswer, RunFailure, RunRequest } from "./runMessages.ts";

/** Least time between two answers about progress, milliseconds. */
const PROGRESS_MILLISECONDS = 250;

const [threads = "1", directory = "data"] = process.argv.slice(2);
const pool = new FederationPool({ threads: Number(threads) });
const files = new TaskData(directory);
/** The data set that the last run was about, in shared memory: runs of a sweep mostly are about the same. */
let loaded: { key: string; data: Promise<TrainAndTest>; digest?: Promise<string> } | undefined;

const answer = (message: RunAnswer) => process.send!(message);

process.on("message", async ({ kind, setting, seed }: RunRequest) => {
  let told = 0;
  const progress: RunTools["progress"] = (share) => {
    const now = performance.now();
    if (now - told < PROGRESS_MILLISECONDS) return;
    told = now;
    answer({ progress: share });
  };
  try {
    answer({ outcome: await runKindOf(kind).run(setting, seed, { pool, load, digestOfData, progress }) });
  } catch (error) {
    answer({ failed: failureOf(error) });
  }
});
// Ctrl-C reaches all processes of a terminal: when to end is for that one to say which keeps what is found.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
// Without whom it works for, it has nothing to do.
process.on("disconnect", () => process.exit());

function load(dataset: DatasetSpec): Promise<TrainAndTest> {
  const key = JSON.stringify(dataset);
  if (loaded?.key === key) return loaded.data;
  const data = files.load(dataset).then(({ train, test }) => ({ train: sharedDataset(train), test }));
  loaded = { key, data };
  // Whoever asks again may have put the files there.
  data.catch(() => {
    loaded = undefined;
  });
  return data;
}

async function digestOfData(dataset: DatasetSpec): Promise<string> {
  const { train, test } = await load(dataset);
  const of = loaded!;
  of.digest ??= Promise.all([digestOf(encodeDataset(train)), digestOf(encodeDataset(test))]).then((digests) =>
    digestOf(new TextEncoder().encode(digests.join())),
  );
  return of.digest;
}

function failureOf(error: unknown): RunFailure {
  if (error instanceof BaseError) {
    const { code, shortMessage, details, next } = error;
    return { code, message: shortMessage, details, next };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return {
    code: "RUN_FAILED",
    message: error instanceof Error ? error.message : String(error),
    details: stack,
  };
}
