import { createHash } from "node:crypto";

import type { ChainAccount } from "../chains/ChainClient.ts";
import type { Subchain } from "../chains/subchain.ts";
import { type Dataset, featureCount } from "../learning/datasets/Dataset.ts";
import { newestSamples } from "../learning/datasets/newestSamples.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";
import { sleepUntil } from "./sleepUntil.ts";
import { lastRefreshBefore, refreshTimes, samplesCollected } from "./streamSchedule.ts";
import type { TaskContext, TrainingData } from "./TaskContext.ts";
import type { WorkerListener } from "./WorkerEvent.ts";

/** A device's own data: it trains on all it has collected, newest first. */
export class DeviceData implements TrainingData {
  readonly #stream: Dataset;
  readonly #account: ChainAccount;
  readonly #subchain: Subchain;
  readonly #name: string;
  readonly #modules: { listener: WorkerListener; clock: () => number };

  /** @param stream - Everything the device will ever sense, in the order in which it does. */
  constructor(
    options: { name: string; stream: Dataset; account: ChainAccount; subchain: Subchain },
    modules: { listener: WorkerListener; clock: () => number },
  ) {
    this.#name = options.name;
    this.#stream = options.stream;
    this.#account = options.account;
    this.#subchain = options.subchain;
    this.#modules = modules;
  }

  async datasetFor({ spec, times, period }: TaskContext, round: number): Promise<Dataset> {
    const total = this.#stream.labels.length;
    const refreshes = refreshTimes(times, period).length;
    const collected = samplesCollected(total, refreshes, lastRefreshBefore(times, period, round));
    return newestSamples(this.#stream, spec.training.samplesPerRound, collected);
  }

  async keepFresh({ task, times, period }: TaskContext, signal: AbortSignal): Promise<void> {
    const { listener, clock } = this.#modules;
    const due = refreshTimes(times, period);
    const chain = this.#subchain.client.name;
    for (const [j, time] of due.entries()) {
      if (!(await sleepUntil(time * 1000, clock, signal))) return;
      // After a pause only the latest refresh is worth making.
      if (j + 1 < due.length && clock() >= due[j + 1]! * 1000) continue;
      if (clock() >= (times.startTime + times.epochSeconds) * 1000) return;
      try {
        const { digest, samples } = this.#sensed(task, due.length, j);
        await this.#subchain.refresh(this.#account, task, digest, samples);
        listener({ type: "refreshed", worker: this.#name, chain, task, refresh: j, refreshes: due.length });
      } catch (error) {
        // A process that was restarted within a period has refreshed already.
        if (error instanceof ContractRevert && error.code === "DataNotDistinct") continue;
        listener({ type: "trouble", worker: this.#name, chain, task, doing: `making refresh ${j}`, error });
      }
    }
  }

  /** What refresh `j` sensed: a digest that tells nothing to who lacks the data, and how many samples they are. */
  #sensed(task: bigint, refreshes: number, j: number): { digest: string; samples: number } {
    const total = this.#stream.labels.length;
    const from = j === 0 ? 0 : samplesCollected(total, refreshes, j - 1);
    const until = samplesCollected(total, refreshes, j);
    const width = featureCount(this.#stream);
    const { features, labels } = this.#stream;
    const rows = features.subarray(from * width, until * width);
    const digest = createHash("sha256")
      .update(`freshet/sensed/${this.#account.address}/${task}/${j}/`)
      .update(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength))
      .update(labels.subarray(from, until))
      .digest("hex");
    return { digest: `0x${digest}`, samples: Math.max(1, until - from) };
  }
}
