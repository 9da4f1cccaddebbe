import { type Signer, ZeroHash } from "ethers";

import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import type { ChainEvent } from "../chains/clients/ChainClient.ts";
import type { ChainFollower } from "../chains/clients/ChainFollower.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import type { Subchain } from "../chains/clients/Subchain.ts";
import { numericClassesHere } from "../learning/engine/numericClassesHere.ts";
import { fitRound } from "../learning/federated/fitRound.ts";
import { decodeModel } from "../learning/federated/modelCodec.ts";
import { isRepeatable } from "../learning/federated/updateSpec.ts";
import type { ComputePool } from "../learning/training/ComputePool.ts";
import type { TrainedInThread } from "../learning/training/TrainJob.ts";
import { chooseItem } from "../mechanisms/aoi-contract/mathematics/integerMenu.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";
import { encodeEngineId, FRESHET_VERSION } from "../protocol/engineId.ts";
import { recordLeaf, updateCommitment, type WorkRecord } from "../protocol/leaves.ts";
import { MerkleTree } from "../protocol/MerkleTree.ts";
import { trainingStream } from "../protocol/trainingStream.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import { digestOf } from "../storage/contentId.ts";
import { decodeTaskSpec } from "../tasks/taskSpec.ts";
import { SecretRandom } from "./SecretRandom.ts";
import { secretOf } from "./secretOf.ts";
import { sleepUntil } from "./sleepUntil.ts";
import { stateBefore } from "./stateBefore.ts";
import { roundTime } from "./streamSchedule.ts";
import type { TaskContext, TrainingData } from "./TaskContext.ts";
import type { WorkerListener } from "./WorkerEvent.ts";

/** Who a worker is. */
export interface WorkerOptions {
  name: string;
  /** δ: its private cost of one update, wei. */
  cost: bigint;
  /** Its key; commitments are salted with its signature, so that a restarted worker finds its salt again. */
  signer: Signer;
  /** Its accounts on its subchain and on the main chain: the same address. */
  account: ChainAccount;
  mainAccount: ChainAccount;
}

/** What a worker works with. */
export interface WorkerModules {
  main: MainChain;
  mainFollower: ChainFollower;
  subchain: Subchain;
  follower: ChainFollower;
  storage: ContentStore;
  pool: ComputePool;
  data: TrainingData;
  listener: WorkerListener;
  clock: Clock;
}

interface Prepared {
  update: Digest;
  bytes: Uint8Array;
  /** What the worker remembers, if its task has it remember anything. */
  state: Uint8Array | undefined;
  samples: number;
  engine: string;
  salt: string;
}

/**
 * A worker, device or twin: chooses the item that pays it best, keeps its data
 * fresh, trains, commits and reveals in every round, and claims its pay. All its
 * state is on the chains and in storage, so it can be killed and started again.
 */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #modules: WorkerModules;

  constructor(options: WorkerOptions, modules: WorkerModules) {
    this.#options = options;
    this.#modules = modules;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Takes part in one task, from enrolment to pay; resolves with what was claimed, wei. */
  async run(task: bigint, specDigest: string, signal: AbortSignal): Promise<bigint> {
    const context = await this.#enrol(task, specDigest);
    if (context === undefined) return 0n;
    // Its rounds and its data go on side by side; trouble in one does not end the other.
    await Promise.all([
      this.#guard(task, "keeping its data fresh", this.#modules.data.keepFresh(context, signal)),
      this.#guard(task, "taking part in rounds", this.#playRounds(context, signal)),
    ]);
    return (await this.#guard(task, "claiming its pay", this.#claim(context, signal))) ?? 0n;
  }

  async #guard<T>(task: bigint, doing: string, work: Promise<T>): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof BaseError && error.code === "ABORTED") throw error;
      this.#modules.listener({ type: "trouble", ...this.#who(task), doing, error });
      return undefined;
    }
  }

  #who(task: bigint) {
    return { worker: this.#options.name, chain: this.#modules.subchain.client.name, task };
  }

  /** Chooses an item by its private cost and enrols; undefined when no item pays, or enrolment is over. */
  async #enrol(task: bigint, specDigest: string): Promise<TaskContext | undefined> {
    const { subchain, main, storage, listener } = this.#modules;
    const { account, cost } = this.#options;
    const [{ subchains }, terms, spec, items] = await Promise.all([
      main.termsOf(task),
      subchain.taskOf(task),
      storage.get(specDigest as Digest).then(decodeTaskSpec),
      main.menuOf(task),
    ]);
    if (!(await subchain.workerOf(task, account.address)).enrolled) {
      if (!numericClassesHere().some((here) => here === spec.numericClass)) {
        listener({
          type: "abstained",
          ...this.#who(task),
          reason: `this machine does not compute ${spec.numericClass}`,
        });
        return undefined;
      }
      const menu = items.map(({ period, reward }) => ({ periodSeconds: BigInt(period), reward }));
      const item = chooseItem(cost, menu, BigInt(terms.epochSeconds));
      if (item === undefined) {
        listener({ type: "abstained", ...this.#who(task), reason: "no item of the menu covers its cost" });
        return undefined;
      }
      try {
        await subchain.enrol(account, task, item);
      } catch (error) {
        if (!(error instanceof ContractRevert)) throw error;
        listener({ type: "abstained", ...this.#who(task), reason: error.shortMessage });
        return undefined;
      }
    }
    const { index, item, period } = await subchain.workerOf(task, account.address);
    listener({ type: "enrolled", ...this.#who(task), item, period });
    const place = subchains.indexOf(subchain.client.chainId);
    return { task, spec, terms, times: { ...terms }, place, index, item, period };
  }

  async #playRounds(context: TaskContext, signal: AbortSignal): Promise<void> {
    const { follower, listener } = this.#modules;
    const { task } = context;
    const over = (round: number) => {
      const where = ({ name, args }: ChainEvent) => name === "TaskFinished" || Number(args.round) === round;
      return follower.first({ name: ["TaskFinished", "RoundStarted"], task, where }, signal);
    };
    for (let round = 0; ; ) {
      // A worker that comes back, or was slow, goes on with the round that is open now.
      const now = await this.#modules.subchain.taskOf(task);
      if (now.status !== "Open") return;
      round = Math.max(round, now.round);
      const event = await over(round);
      if (event.name === "TaskFinished") return;
      try {
        await this.#playRound(context, round, event.args.globalModel, signal);
      } catch (error) {
        if (error instanceof BaseError && error.code === "ABORTED") throw error;
        listener({ type: "round-missed", ...this.#who(task), round, error });
      }
      round++;
    }
  }

  async #playRound(
    context: TaskContext,
    round: number,
    globalModel: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { subchain, follower, storage, listener, clock } = this.#modules;
    const { account } = this.#options;
    const { task, terms } = context;
    if (!(await sleepUntil(roundTime(context.times, round) * 1000, clock, signal))) throw aborted();
    const prepared = await this.#train(context, round, globalModel, signal);
    const { chainId } = subchain.client;
    const revealed = {
      chainId,
      task,
      round,
      index: context.index,
      worker: account.address,
      update: prepared.update,
      samples: prepared.samples,
      engine: prepared.engine,
    };
    const commitment = updateCommitment(subchain.place.contracts.subchain, revealed, prepared.salt);
    const known = await subchain.commitmentOf(task, round, account.address);
    if (known !== commitment) {
      if (known !== ZeroHash) {
        throw new BaseError("OTHER_COMMITMENT", "What was committed to before does not come out again.", {
          details: `The chain has ${known}, and now it would be ${commitment}.`,
          next: "Go on with the engine, data and version of before; until then the round is lost.",
        });
      }
      try {
        await subchain.commit(account, task, round, commitment);
      } catch (error) {
        // Started again after its reveal: this round is done.
        if (error instanceof ContractRevert && error.code === "AlreadyCommitted") return;
        throw error;
      }
      listener({ type: "committed", ...this.#who(task), round });
    }

    const { openedAt } = await subchain.roundOf(task, round);
    const deadline = (openedAt + terms.commitSeconds) * 1000;
    const reveals = new AbortController();
    const either = AbortSignal.any([signal, reveals.signal]);
    const ofRound = ({ args }: ChainEvent) => Number(args.round) === round;
    await Promise.race([
      follower
        .first({ name: ["CommitsClosed", "RoundClosed"], task, where: ofRound }, either)
        .catch(() => undefined),
      sleepUntil(deadline, clock, either),
    ]);
    reveals.abort();
    if (signal.aborted) throw aborted();
    // Not before: whoever can read the storage could commit to the same update and reveal it first.
    await Promise.all([prepared.bytes, prepared.state].map((bytes) => bytes && storage.put(bytes)));
    await subchain.reveal(account, task, round, prepared);
    listener({ type: "revealed", ...this.#who(task), round });
  }

  /** Trains on what is fresh; the same task, round and data give the same update. */
  async #train(
    context: TaskContext,
    round: number,
    globalModel: string,
    signal: AbortSignal,
  ): Promise<Prepared> {
    const { data, storage, pool, listener, clock } = this.#modules;
    const { account, signer } = this.#options;
    const { task, spec } = context;
    const [{ dataset, batches }, model, state] = await Promise.all([
      data.dataFor(context, round, signal),
      storage.get(globalModel as Digest),
      stateBefore(context, { worker: account.address, round }, this.#modules, signal),
    ]);
    const where = `chain ${this.#modules.subchain.client.chainId}, task ${task}, round ${round}`;
    // The same after a restart, or the update would not be the one that was committed to.
    const secret = isRepeatable(spec.update)
      ? undefined
      : new SecretRandom(await secretOf(signer, `Freshet randomness: ${where}`));
    const began = clock.now();
    let used: TrainedInThread["engine"] | undefined;
    const fitted = await fitRound({
      task: spec,
      round,
      global: decodeModel(model, spec),
      base: globalModel,
      state,
      dataset,
      data: batches,
      secret,
      stream: trainingStream(account.address, round),
      train: async (job) => {
        const result = await pool.train(job, spec.numericClass);
        used = result.engine;
        return result;
      },
      digestOf,
    });
    const { update: bytes, workerState, trained } = fitted;
    const update = await digestOf(bytes);
    const samples = dataset.labels.length;
    listener({
      type: "trained",
      ...this.#who(task),
      round,
      samples,
      loss: trained.epochLosses.at(-1) ?? Number.NaN,
      milliseconds: clock.now() - began,
    });
    const engine = encodeEngineId({ ...used!, version: FRESHET_VERSION });
    const salt = `0x${(await secretOf(signer, `Freshet salt: ${where}`)).toString("hex")}`;
    return { update, bytes, state: workerState, samples, engine, salt };
  }

  /** Waits until the task has ended and its epoch is settled, proves its record and takes its pay. */
  async #claim({ task, index }: TaskContext, signal: AbortSignal): Promise<bigint> {
    const { main, mainFollower, subchain, follower, listener } = this.#modules;
    const { chainId } = subchain.client;
    await mainFollower.first({ name: "TaskClosed", task }, signal);
    const ofChain = ({ address, args }: ChainEvent) =>
      address === main.place.contracts.manager && args.chainId === chainId;
    await mainFollower.first({ name: "EpochSettled", task, where: ofChain }, signal);
    if (await main.isClaimed(task, chainId, index)) return 0n;
    const { workers } = await main.settlementOf(task, chainId);
    const recorded = await follower.collect(
      { name: "WorkRecorded", task },
      ({ length }) => length >= workers,
      signal,
    );
    const records = recorded.map(({ args }): WorkRecord => {
      const { worker, coveredSeconds, ageSquares } = args;
      const [index, item] = [Number(args.index), Number(args.item)];
      return { chainId, task, index, worker, item, coveredSeconds, ageSquares };
    });
    const tree = new MerkleTree(records.map(recordLeaf));
    const receipt = await main.claim(this.#options.mainAccount, records[index]!, tree.branch(index));
    const amount = main.claimedIn(receipt);
    listener({ type: "claimed", ...this.#who(task), amount });
    return amount;
  }
}

function aborted(): BaseError {
  return new BaseError("ABORTED", "The worker was stopped.");
}
