import { keccak256 } from "ethers";
import { Evidence } from "../../../audit/evidence/Evidence.ts";
import type { Trainer } from "../../../audit/reexecution/Reexecution.ts";
import { concatDatasets } from "../../../learning/datasets/concatDatasets.ts";
import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { decodeDataset, encodeDataset } from "../../../learning/datasets/datasetCodec.ts";
import { newestSamples } from "../../../learning/datasets/newestSamples.ts";
import { aggregateUpdates } from "../../../learning/federated/aggregateUpdates.ts";
import { type FitRoundParameters, fitRound } from "../../../learning/federated/fitRound.ts";
import { decodeModel, encodeModel } from "../../../learning/federated/modelCodec.ts";
import { strategyOf } from "../../../learning/federated/strategies/strategyOf.ts";
import { decodeUpdate } from "../../../learning/federated/updateCodec.ts";
import { decodeWorkerState } from "../../../learning/federated/workerStateCodec.ts";
import { encodeChoice, encodeTerms } from "../../../mechanisms/aoi-contract/encodings.ts";
import { mechanismId } from "../../../mechanisms/mechanismId.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { acceptanceOf } from "../../../protocol/acceptance.ts";
import { encodeEngineId, FRESHET_VERSION } from "../../../protocol/engineId.ts";
import { NO_SCORES } from "../../../protocol/scores.ts";
import { trainingStream } from "../../../protocol/trainingStream.ts";
import type { Digest } from "../../../storage/ContentStore.ts";
import { digestOf } from "../../../storage/contentId.ts";
import { initialModel } from "../../../tasks/initialModel.ts";
import { encodeTaskSpec, parseTaskSpec, type TaskSpec } from "../../../tasks/taskSpec.ts";
import { smallSpec } from "../tasks/smallSpec.ts";
import { accountOf, FakeChain } from "./FakeChain.ts";
import { NETWORK } from "./fakeNetwork.ts";
import { MemoryStore } from "./MemoryStore.ts";

export const TASK = 3n;
export const START = 1000;
/** The epoch has two rounds of 30 s; the twin's item asks for a synchronization every 10 s. */
const ROUND = 30;
const PERIOD = 10;
export const TWIN = accountOf("twin");
export const ENGINE = encodeEngineId({ numericClass: "strict/1", kind: "wasm", version: FRESHET_VERSION });

/** Trains by adding random numbers that follow from all that a training depends on. */
export const TRAINER: Trainer = {
  numericClasses: ["strict/1"],
  train: async ({ parameters, dataset, seed, stream, correction }) => {
    const { features, labels } = dataset;
    const samples = [...labels, ...features].reduce((hash, value) => (31 * hash + value) % 65_521, 7);
    const corrected = correction?.controlVariate?.[0]?.[0] ?? 0;
    const random = new SeededRandom(seed, ...stream, samples, String(corrected));
    const moved = parameters.map((tensor) => tensor.map((value) => value + random.uniform() / 8));
    return { parameters: moved, steps: 5, visits: labels.length, epochLosses: [1] };
  },
};

/** What a twin does in a round other than it should. */
export interface Deviation {
  /** Batches that it trains on, and those that it names: all that were synchronized, unless given. */
  trained?: readonly string[];
  named?: readonly string[];
  samples?: number;
  engine?: string;
  /** Whether it forgets its state. */
  forgets?: boolean;
  fit?: Partial<FitRoundParameters>;
  /** Changes the file before it is stored. */
  file?: (bytes: Uint8Array) => Uint8Array;
  /** What is not stored. */
  keeps?: "update" | "state";
}

/** A task of one twin on a virtual chain, up to what the audit of its updates needs. */
export class TwinTask {
  readonly main = new FakeChain(NETWORK.main, TASK);
  readonly virtual = new FakeChain({
    ...NETWORK.subchains[0]!,
    name: "virtual",
    role: "virtual",
    chainId: 3,
  });
  readonly storage = new MemoryStore();
  readonly evidence: Evidence;
  readonly spec: TaskSpec;
  readonly batches: string[] = [];
  #base: string;
  #last: { digest: string; bytes: Uint8Array } | undefined;

  private constructor(spec: TaskSpec, base: string) {
    this.spec = spec;
    this.#base = base;
    this.evidence = new Evidence({
      task: TASK,
      network: NETWORK,
      storage: this.storage,
      chains: new Map([this.main, this.virtual].map((chain) => [chain.chainId, chain])),
      unreadable: new Map(),
    });
  }

  static async begin(change: Record<string, unknown> = {}): Promise<TwinTask> {
    const { training, ...rest } = smallSpec();
    const spec = parseTaskSpec({
      ...rest,
      training: { ...(training as object), samplesPerRound: 10 },
      subchains: ["virtual"],
      ...change,
    });
    const initial = initialModel(spec);
    const task = new TwinTask(spec, await digestOf(initial));
    await task.#publish(initial);
    return task;
  }

  async #publish(initial: Uint8Array): Promise<void> {
    const { main, virtual, storage, spec } = this;
    const menu = [{ period: PERIOD, reward: 10n, cost: 1n }];
    const mechanismTerms = encodeTerms({ bonus: 1n, menu });
    const terms = {
      specDigest: await storage.put(encodeTaskSpec(spec)),
      initialModel: await storage.put(initial),
      mechanism: mechanismId("aoi-contract"),
      rounds: 2,
      targetScorePpb: 0,
      quorumPpb: 1_000_000_000,
      minUpdates: 1,
      attestations: 1,
      maxWorkers: 1,
      maxSamples: 10,
      workersPerRound: 0,
      sampling: "Uniform" as const,
      schedule: {
        startTime: START,
        deadline: 2000,
        epochSeconds: 2 * ROUND,
        commitSeconds: 20,
        revealSeconds: 5,
        reportSeconds: 5,
        claimSeconds: 5,
      },
      subchains: [virtual.chainId],
      aggregators: [],
    };
    main.answers.set("TaskManager.termsOf", () => terms);
    main.mine(START - 100);
    const { policies } = NETWORK.main.contracts;
    const pinned = { manager: main.application, task: TASK, menuHash: keccak256(mechanismTerms) };
    main.emit("MenuPinned", pinned, policies["aoi-contract"]);
    main.emit("TaskPublished", { task: TASK, mechanismTerms, budget: 22n, worstCase: 22n });
    const body = { task: TASK, terms, mechanismTerms };
    main.send(new FakeChain(NETWORK.relay), { kind: "TaskOpened", body });
    virtual.mine(START - 50);
    virtual.emit("WorkerEnrolled", { task: TASK, worker: TWIN, index: 0, choice: encodeChoice({ item: 0 }) });
    virtual.emit("RoundStarted", { task: TASK, round: 0, globalModel: terms.initialModel, openedAt: START });
  }

  /** The device synchronizes a batch of four samples; its digest. */
  async synchronize(time: number, bytes = encodeDataset(batchOf(this.batches.length))): Promise<string> {
    const dataDigest = await this.storage.put(bytes);
    this.virtual.mine(time);
    this.virtual.emit("TwinSynchronized", { task: TASK, twin: TWIN, dataDigest, samples: 4 });
    this.batches.push(dataDigest);
    return dataDigest;
  }

  /** The twin trains, commits and reveals; its update's digest. */
  async play(round: number, commitTime: number, deviation: Deviation = {}): Promise<string> {
    const { storage, virtual, spec } = this;
    const { trained, named, samples, engine = ENGINE, forgets, fit, file = (bytes) => bytes } = deviation;
    const newest = this.batches.slice(-3);
    const dataset = newestSamples(
      concatDatasets(
        await Promise.all(
          (trained ?? newest).map(async (d) => decodeDataset(await storage.get(d as Digest))),
        ),
      ),
      10,
    );
    const last = forgets === true ? undefined : this.#last;
    const { update, workerState } = await fitRound({
      task: spec,
      round,
      global: decodeModel(await storage.get(this.#base as Digest), spec),
      base: this.#base,
      state: last && { digest: last.digest, state: decodeWorkerState(last.bytes, spec) },
      dataset,
      data: named ?? trained ?? newest,
      stream: trainingStream(TWIN, round),
      train: (job) => TRAINER.train(job, spec.numericClass),
      digestOf,
      ...fit,
    });
    const bytes = file(update);
    const digest = deviation.keeps === "update" ? await digestOf(bytes) : await storage.put(bytes);
    if (workerState !== undefined) {
      this.#last = { digest: await digestOf(workerState), bytes: workerState };
      if (deviation.keeps !== "state") await storage.put(workerState);
    }
    virtual.mine(commitTime);
    virtual.emit("UpdateCommitted", { task: TASK, round: round, worker: TWIN, commitment: "0x" });
    virtual.emit("CommitsClosed", { task: TASK, round: round, committed: 1 });
    virtual.emit("RevealsStarted", { task: TASK, round: round });
    virtual.mine(commitTime + 1);
    virtual.emit("UpdateRevealed", {
      task: TASK,
      round: round,
      worker: TWIN,
      index: 0,
      update: digest,
      samples: samples ?? dataset.labels.length,
      engine,
      receipts: "0x",
    });
    return digest;
  }

  /** Main finalizes the round with the twin's update, or without any. */
  async finalize(round: number, update: string | undefined): Promise<void> {
    const { main, virtual, storage, spec } = this;
    const global = decodeModel(await storage.get(this.#base as Digest), spec);
    if (update !== undefined) {
      const file = decodeUpdate(await storage.get(update as Digest), spec, this.#base);
      const updates = [{ update: file, weight: 10 }];
      const strategy = strategyOf(spec.strategy);
      const aggregate = aggregateUpdates({ strategy, round, global, updates });
      this.#base = await storage.put(encodeModel(aggregate.global));
    }
    main.mine(START + ROUND - 5);
    main.emit("RoundFinalized", {
      task: TASK,
      round: round,
      globalModel: this.#base,
      scorePpb: 0,
      accepted: [acceptanceOf(update === undefined ? [] : [0])],
      scores: NO_SCORES,
    });
    virtual.mine(START + ROUND);
    virtual.emit("RoundStarted", {
      task: TASK,
      round: round + 1,
      globalModel: this.#base,
      openedAt: START + ROUND - 5,
    });
  }
}

function batchOf(number: number): Dataset {
  const random = new SeededRandom(number, "batch");
  return {
    features: Uint8Array.from({ length: 4 * 784 }, () => random.integer(256)),
    sampleShape: [28, 28],
    scale: 1 / 255,
    labels: Uint8Array.from({ length: 4 }, () => random.integer(10)),
    classes: 10,
  };
}
