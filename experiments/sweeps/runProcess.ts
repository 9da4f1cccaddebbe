/**
 * A process that makes runs of sweeps, one after the other, as it is told; it ends with the process that started it.
 *
 *     node experiments/sweeps/runProcess.ts THREADS DATA
 */

import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { systemReason } from "../../files/systemReason.ts";
import type { TrainAndTest } from "../../learning/datasets/DatasetKind.ts";
import type { DatasetSpec } from "../../learning/datasets/DatasetSpec.ts";
import { encodeDataset } from "../../learning/datasets/datasetCodec.ts";
import { sharedDataset } from "../../learning/datasets/sharedDataset.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { FederationPool } from "../../simulation/federated/FederationPool.ts";
import { digestOf } from "../../storage/contentId.ts";
import { TaskData } from "../../tasks/TaskData.ts";
import type { RunOutcome, RunTools } from "./RunKind.ts";
import { runKindOf } from "./runKinds.ts";
import type { RunAnswer, RunFailure, RunRequest } from "./runMessages.ts";

/** Least time between two answers about progress, milliseconds. */
const PROGRESS_MILLISECONDS = 250;
/** How long a process that was at the run before may take to end, and how often that is looked at, milliseconds. */
const ORPHAN_MILLISECONDS = 20_000;
const RETRY_MILLISECONDS = 200;
/** Codes of checkpoints that nothing can go on from: the run is made anew. */
const USELESS = new Set([
  "CHECKPOINT_OTHER",
  "CHECKPOINT_DAMAGED",
  "CLIENT_STATE_DAMAGED",
  "FILE_NEWER",
  "FILE_OLDER",
]);

const [threads = "1", directory = "data"] = process.argv.slice(2);
const pool = new FederationPool({ threads: Number(threads) });
const files = new TaskData(directory);
/** The data set that the last run was about, in shared memory: runs of a sweep mostly are about the same. */
let loaded: { key: string; data: Promise<TrainAndTest>; digest?: Promise<string> } | undefined;

const answer = (message: RunAnswer) => process.send!(message);

process.on("message", async (request: RunRequest) => {
  try {
    answer({ outcome: await made(request) });
  } catch (error) {
    answer({ failed: failureOf(error) });
  }
});
// Ctrl-C reaches all processes of a terminal: when to end is for that one to say which keeps what is found.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
// Without whom it works for, it has nothing to do.
process.on("disconnect", () => process.exit());

/** Makes a run; from its checkpoint, where there is one to go on from. */
async function made({ kind: name, setting, seed, checkpoint }: RunRequest): Promise<RunOutcome> {
  const kind = runKindOf(name);
  let told = 0;
  const tools: RunTools = {
    ...{ pool, load, digestOfData },
    progress(share) {
      const now = performance.now();
      if (now - told < PROGRESS_MILLISECONDS) return;
      told = now;
      answer({ progress: share });
    },
    resumed: (share) => answer({ resumed: share }),
    checkpoint: checkpoint && {
      directory: checkpoint.directory,
      // What the clients hold follows from the data, which may be others by now.
      identity: {
        ...{ kind: name, version: kind.version, setting, seed },
        data: await digestOfData(kind.dataset(setting)),
      },
      pace: { milliseconds: 1000 * checkpoint.seconds, now: () => performance.now() },
    },
  };
  for (const began = performance.now(); ; ) {
    try {
      return await kind.run(setting, seed, tools);
    } catch (error) {
      if (checkpoint === undefined || !(error instanceof BaseError)) throw error;
      if (USELESS.has(error.code)) {
        await rm(checkpoint.directory, { recursive: true, force: true });
        return kind.run(setting, seed, tools);
      }
      // Who told another process to make it was killed: that one ends as soon as it hears of it.
      if (error.code !== "CHECKPOINT_IN_USE" || performance.now() - began > ORPHAN_MILLISECONDS) throw error;
      await sleep(RETRY_MILLISECONDS);
    }
  }
}

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
  const reason = systemReason(error);
  if (reason !== undefined) {
    return {
      code: "RUN_REFUSED",
      message: `The system refused the run something: ${reason}.`,
      details: error instanceof Error ? error.message : undefined,
      next: "Put that right; the same command goes on.",
    };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return {
    code: "RUN_FAILED",
    message: error instanceof Error ? error.message : String(error),
    details: stack,
  };
}
