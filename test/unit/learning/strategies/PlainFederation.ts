import { createHash } from "node:crypto";
import type { Dataset } from "../../../../learning/datasets/Dataset.ts";
import { aggregateUpdates } from "../../../../learning/federated/aggregateUpdates.ts";
import { type FitRoundParameters, fitRound } from "../../../../learning/federated/fitRound.ts";
import type { GlobalModel } from "../../../../learning/federated/GlobalModel.ts";
import { initialGlobalModel } from "../../../../learning/federated/initialGlobalModel.ts";
import type { LearningTask } from "../../../../learning/federated/LearningTask.ts";
import { decodeModel, encodeModel } from "../../../../learning/federated/modelCodec.ts";
import { strategyOf } from "../../../../learning/federated/strategies/strategyOf.ts";
import type { UpdateFile } from "../../../../learning/federated/UpdateFile.ts";
import { decodeUpdate } from "../../../../learning/federated/updateCodec.ts";
import { decodeWorkerState } from "../../../../learning/federated/workerStateCodec.ts";
import type { TrainJob } from "../../../../learning/training/TrainJob.ts";
import type { TrainResult } from "../../../../learning/training/trainLocally.ts";
import { gradientOf } from "./leastSquares.ts";

/** sha-256 of bytes, as a digest. */
export async function digestOf(bytes: Uint8Array): Promise<string> {
  return `0x${createHash("sha256").update(bytes).digest("hex")}`;
}

/**
 * A federation without chains whose only memory are files by their digest: in
 * every round, workers and server start from nothing and read what they need, as
 * after a kill. Workers take full-batch steps of gradient descent on their least
 * squares, in float64.
 */
export class PlainFederation {
  readonly task: LearningTask;
  readonly #datasets: readonly Dataset[];
  readonly files = new Map<string, Uint8Array>();
  /** Of the global model. */
  base = "";
  round = 0;
  /** Digests of each worker's updates. */
  readonly sent: string[][];

  constructor(task: LearningTask, datasets: readonly Dataset[]) {
    this.task = task;
    this.#datasets = datasets;
    this.sent = datasets.map(() => []);
  }

  async start(): Promise<void> {
    this.base = await this.#put(encodeModel(initialGlobalModel(this.task)));
  }

  get global(): GlobalModel {
    return decodeModel(this.files.get(this.base)!, this.task);
  }

  /** A worker's update of a round that was played, the round's base given. */
  updateOf(worker: number, round: number, base: string): UpdateFile {
    return decodeUpdate(this.files.get(this.sent[worker]![round]!)!, this.task, base);
  }

  /** What a worker's training of the open round is made from. */
  fitParameters(worker: number, previousBase?: string): FitRoundParameters {
    const digest =
      this.round === 0 || previousBase === undefined
        ? undefined
        : this.updateOf(worker, this.round - 1, previousBase).stateAfter;
    return {
      task: this.task,
      round: this.round,
      global: this.global,
      base: this.base,
      state:
        digest === undefined
          ? undefined
          : { digest, state: decodeWorkerState(this.files.get(digest)!, this.task) },
      dataset: this.#datasets[worker]!,
      stream: ["worker", worker, this.round],
      train: descend,
      digestOf,
    };
  }

  /** @returns The new global model's parameters, flat. */
  async play(rounds: number): Promise<number[]> {
    const { task } = this;
    let previousBase = this.#previousBase;
    for (let end = this.round + rounds; this.round < end; ) {
      const updates = [];
      for (const [worker, dataset] of this.#datasets.entries()) {
        const { update, workerState } = await fitRound(this.fitParameters(worker, previousBase));
        if (workerState !== undefined) await this.#put(workerState);
        this.sent[worker]!.push(await this.#put(update));
        updates.push({ update: decodeUpdate(update, task, this.base), weight: dataset.labels.length });
      }
      const strategy = strategyOf(task.strategy);
      const next = aggregateUpdates({ strategy, round: this.round, global: this.global, updates }).global;
      previousBase = this.base;
      this.base = await this.#put(encodeModel(next));
      this.round++;
    }
    this.#previousBase = previousBase;
    return this.global.tensors.flatMap((values) => Array.from(values, (v) => v * 2 ** -task.fractionBits));
  }

  #previousBase: string | undefined;

  /** Digest of the global model of the round before the open one. */
  get previousBase(): string | undefined {
    return this.#previousBase;
  }

  async #put(bytes: Uint8Array): Promise<string> {
    const digest = await digestOf(bytes);
    this.files.set(digest, bytes);
    return digest;
  }
}

/** `epochs` steps w ← w − η (∇F(w) + μ (w − w_0) + control variate), by the job alone. */
async function descend({ parameters, dataset, training, correction }: TrainJob): Promise<TrainResult> {
  const start = parameters.flatMap((values) => [...values]);
  const variate = correction?.controlVariate?.flatMap((values) => [...values]);
  const w = [...start];
  for (let step = 0; step < training.epochs; step++) {
    const gradient = gradientOf(dataset, w);
    for (const [k, g] of gradient.entries()) {
      const pull = (correction?.proximalMu ?? 0) * (w[k]! - start[k]!);
      w[k]! -= training.learningRate * (g + pull + (variate?.[k] ?? 0));
    }
  }
  let position = 0;
  const trained = parameters.map(({ length }) => {
    position += length;
    return Float32Array.from(w.slice(position - length, position));
  });
  const steps = training.epochs;
  return { parameters: trained, steps, visits: steps * dataset.labels.length, epochLosses: [] };
}
