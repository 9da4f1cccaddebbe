import { type Signer, ZeroHash } from "ethers";

import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import type { EventNamed } from "../chains/clients/ChainEvent.ts";
import type { ChainFollower } from "../chains/clients/ChainFollower.ts";
import { finalHeader, isFinalAtOnce } from "../chains/clients/finality.ts";
import { isSilence } from "../chains/clients/isSilence.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import type { Subchain } from "../chains/clients/Subchain.ts";
import type { NetworkFile } from "../chains/networks/networkFile.ts";
import type { Receipt } from "../chains/rpc/readReceipt.ts";
import { numericClassesHere } from "../learning/engine/numericClassesHere.ts";
import { type BehaviourSpec, statedSamples } from "../learning/federated/behaviours/behaviourSpec.ts";
import { playBehaviour } from "../learning/federated/behaviours/playBehaviour.ts";
import { fitRound } from "../learning/federated/fitRound.ts";
import { isRepeatable } from "../learning/federated/updateSpec.ts";
import type { ComputePool } from "../learning/training/ComputePool.ts";
import type { TrainJob } from "../learning/training/TrainJob.ts";
import type { Mechanism } from "../mechanisms/Mechanism.ts";
import {
  type Decision,
  MOST_REFRESHES,
  type RefreshPace,
  type WorkerTools,
} from "../mechanisms/MechanismWorker.ts";
import { mechanismOf } from "../mechanisms/mechanismOf.ts";
import { BILLION } from "../numerics/Share.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";
import { type EngineId, encodeEngineId, FRESHET_VERSION } from "../protocol/engineId.ts";
import { type RevealedUpdate, updateCommitment } from "../protocol/leaves.ts";
import { mayPass } from "../protocol/mayPass.ts";
import { ordinal } from "../protocol/ordinal.ts";
import { takesPart } from "../protocol/participation.ts";
import type { ReceiptRequest } from "../protocol/receiptRequest.ts";
import { commitsUntil, quorumFrom, RECEIPTS_SHARE, revealsFrom, roundTime } from "../protocol/roundTimes.ts";
import { secretOf } from "../protocol/secretOf.ts";
import { trainingStream } from "../protocol/trainingStream.ts";
import { type TryAgainOptions, tryAgain } from "../protocol/tryAgain.ts";
import { withTimeout } from "../protocol/withTimeout.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import { digestOf } from "../storage/contentId.ts";
import { isStorageTrouble } from "../storage/isStorageTrouble.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";
import type { Choices } from "./Choices.ts";
import type { ClaimProofs } from "./ClaimProofs.ts";
import { collectReceipts } from "./collectReceipts.ts";
import {
  objectionToCounts,
  objectionToSpec,
  objectionToTerms,
  objectionToTraining,
  type WorkerDemands,
} from "./judgeTask.ts";
import { offerOf, openOffers, type TaskOffer } from "./openOffers.ts";
import { playedBehaviour } from "./playedBehaviour.ts";
import { refreshPace } from "./refreshPace.ts";
import { SecretRandom } from "./SecretRandom.ts";
import type { SharedFiles } from "./SharedFiles.ts";
import { sleepUntil } from "./sleepUntil.ts";
import { stateBefore } from "./stateBefore.ts";
import type { TaskContext, TrainingData } from "./TaskContext.ts";
import type { TrainingSpeed } from "./TrainingSpeed.ts";
import type { Turns } from "./Turns.ts";
import { untilRevealsBegin } from "./untilRevealsBegin.ts";
import type { WorkerListener } from "./WorkerEvent.ts";

/** Who a worker is. */
export interface WorkerOptions {
  name: string;
  /** δ: its private cost of one update, wei. */
  cost: bigint;
  /** By how many blocks its refreshes are early, for reorganizations; as `refreshPace` has it unless given. */
  spareBlocks?: number | undefined;
  /** What its owner says of it for mechanisms, by their names. */
  owner?: Readonly<Record<string, unknown>> | undefined;
  /** Its key; commitments are salted with its signature, so that a restarted worker finds its salt again. */
  signer: Signer;
  /** What it has chosen in all tasks. */
  choices: Choices;
  /** What its owner asks of a task. */
  demands: WorkerDemands;
  /** How it departs from what tasks ask, where it is one of a population's; it is honest unless given. */
  behaviours?: readonly BehaviourSpec[] | undefined;
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
  /** Where aggregators give storage receipts: base URLs by checksummed address. */
  aggregators: ReadonlyMap<string, string>;
  /** The services of mechanisms, by the mechanism's name. */
  services?: NetworkFile["services"] | undefined;
  /** What asks them. */
  fetch: typeof fetch;
  /** Specifications and global models, shared with other workers. */
  files: SharedFiles;
  /** Of its subchain, shared with the other workers there. */
  proofs: ClaimProofs;
  pool: Pick<ComputePool, "train">;
  /** Of this machine. */
  speed: TrainingSpeed;
  /** Trainings under way, of all workers of the process: each holds a copy of its data. */
  turns: Turns;
  /** Updates that are being shown: refreshes that are due meanwhile go before. */
  shows: Turns;
  data: TrainingData;
  listener: WorkerListener;
  clock: Clock;
}

/** How much later than its time a call may be seen in a block, milliseconds and blocks. */
const SEEN_LATE = { milliseconds: 10_000, blocks: 2 };
/** How long an update that is being shown keeps others waiting, milliseconds: an aggregator may be slow to answer. */
const SHOW_HOLDS_MILLISECONDS = 500;
/** Pause before a call that came too early is made again, milliseconds. */
const EARLY_MILLISECONDS = 300;

/** Until when a worker tries what it does in a round again, Unix milliseconds: none is known before its first look. */
interface RoundLimit {
  until: number;
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

/** An update that is committed to and may be shown now. */
interface ShownUpdate {
  round: number;
  revealed: RevealedUpdate;
  prepared: Prepared;
  /** What others signed for it before its commit. */
  shown: string | undefined;
  limit: RoundLimit;
  /** When aggregators are asked no more, Unix milliseconds. */
  until: number;
}

/**
 * A worker, device or twin: chooses what pays it best, keeps its data
 * fresh, trains, commits and reveals in every round, and claims its pay. All its
 * state is on the chains and in storage, so it can be killed and started again.
 */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #modules: WorkerModules;
  /** The tasks that it takes part in. */
  readonly #taken = new Map<bigint, TaskOffer>();

  constructor(options: WorkerOptions, modules: WorkerModules) {
    this.#options = options;
    this.#modules = modules;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Takes part in one task, from enrolment to pay; resolves with what was claimed, wei. */
  async run(task: bigint, specDigest: string, signal: AbortSignal): Promise<bigint> {
    const context = await this.#enrol(task, specDigest, signal);
    if (context === undefined) return 0n;
    // Its data, its rounds and its claim go on side by side: neither trouble in one nor a subchain that stands still
    // keeps it from another. Once it is paid there is nothing left to do.
    const paid = new AbortController();
    const either = AbortSignal.any([signal, paid.signal]);
    const working = [
      this.#guard(task, "keeping its data fresh", this.#modules.data.keepFresh(context, either)),
      this.#guard(task, "taking part in rounds", this.#playRounds(context, either)),
    ];
    for (const part of working) part.catch(() => undefined);
    const ending = this.#guard(task, "ending its part", this.#endPart(context, signal));
    ending.catch(() => undefined);
    const amount = await this.#guard(task, "claiming its pay", this.#claim(context, signal));
    paid.abort();
    await ending;
    this.#taken.delete(task);
    return amount ?? 0n;
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

  /** Chooses by its private costs and enrols; undefined when it objects, nothing pays, or enrolment is over. */
  async #enrol(task: bigint, specDigest: string, signal: AbortSignal): Promise<TaskContext | undefined> {
    const { subchain, files, listener } = this.#modules;
    const { account, choices, demands } = this.#options;
    const [offer, terms, known] = await Promise.all([
      offerOf(this.#modules, task, account.address, signal),
      subchain.taskOf(task),
      subchain.workerOf(task, account.address),
    ]);
    // Anybody may have published it: before these are fit, nothing is fetched for it.
    const objection = known.enrolled
      ? undefined
      : objectionToTerms(offer, demands, this.#modules.aggregators);
    if (objection !== undefined) {
      listener({ type: "abstained", ...this.#who(task), reason: objection });
      return undefined;
    }
    // Who did not enrol by then cannot; who did has until its pay is held no more.
    const { startTime, epochSeconds, claimSeconds } = offer.terms.schedule;
    const until = 1000 * (known.enrolled ? startTime + epochSeconds + claimSeconds : startTime);
    const spec = await this.#untilAnswered(
      task,
      "reading its specification",
      { signal, until: () => until },
      () => files.spec(specDigest),
    );
    const mechanism = mechanismOf(offer.terms.mechanism);
    let choice = offer.taken;
    if (!known.enrolled) {
      const decision = await this.#decide(offer, spec, mechanism, signal);
      if ("abstain" in decision) {
        const { abstain: reason, isMeant } = decision;
        listener({ type: "abstained", ...this.#who(task), reason, ...(isMeant && { isMeant }) });
        return undefined;
      }
      choice = decision.choice;
      const lacking = await this.#beforeEnrolment(offer, spec, mechanism, signal);
      if (lacking !== undefined) {
        choices.withdraw(task);
        listener({ type: "abstained", ...this.#who(task), reason: lacking });
        return undefined;
      }
      try {
        const within = this.#leftUntil(startTime * 1000);
        await subchain.enrol(account, task, choice, { within });
      } catch (error) {
        if (!(error instanceof ContractRevert)) {
          choices.withdraw(task);
          throw error;
        }
        // Started again before the block that took its enrolment: that was meant.
        if (error.code !== "AlreadyEnrolled") {
          choices.withdraw(task);
          listener({ type: "abstained", ...this.#who(task), reason: error.shortMessage });
          // What was done for the enrolment is undone when the task is over.
          await this.#guard(task, "ending its part", this.#endPart({ task, mechanism }, signal));
          return undefined;
        }
        choice = undefined;
      }
    }
    choice ??= await this.#enrolledWith(task, signal);
    const { index } = await subchain.workerOf(task, account.address);
    const { mechanismTerms } = offer;
    offer.taken = choice;
    this.#taken.set(task, offer);
    const schedule = mechanism.worker.schedule(mechanismTerms, choice, offer.terms.schedule, this.#pace);
    listener({ type: "enrolled", ...this.#who(task), choice, freshSeconds: schedule.freshSeconds });
    const place = offer.terms.subchains.indexOf(subchain.client.chainId);
    const times = { ...terms };
    const receipts = this.#modules.main.receiptRule(offer.terms);
    return {
      task,
      offer,
      spec,
      terms,
      times,
      receipts,
      beacon: { known: undefined },
      mechanism,
      mechanismTerms,
      choice,
      place,
      index,
      schedule,
    };
  }

  /** What the mechanism does before an enrolment; answers why it cannot. Nothing is put up for a model that nobody has. */
  async #beforeEnrolment(
    offer: TaskOffer,
    spec: TaskSpec,
    mechanism: Mechanism,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { beforeEnrolment } = mechanism.worker;
    if (beforeEnrolment === undefined) return undefined;
    const { task, terms } = offer;
    try {
      await this.#modules.files.model(terms.initialModel, spec);
      return await beforeEnrolment(task, offer, this.#tools(task, mechanism, signal));
    } catch (error) {
      this.#options.choices.withdraw(task);
      throw error;
    }
  }

  /** What to do about a task, in view of all that are open or taken. */
  async #decide(
    offer: TaskOffer,
    spec: TaskSpec,
    { name, worker }: Mechanism,
    signal: AbortSignal,
  ): Promise<Decision> {
    const { account, choices, cost, owner, demands } = this.#options;
    const costs = { refresh: cost, worker: account.address, owner: owner?.[name] };
    if (!numericClassesHere().some((here) => here === spec.numericClass)) {
      return { abstain: `this machine does not compute ${spec.numericClass}` };
    }
    const endless = objectionToSpec(spec, placesOf(offer.terms), 1) ?? objectionToCounts(spec, offer.terms);
    if (endless !== undefined) return { abstain: endless };
    const found = await this.#dataOf(offer, signal);
    if ("lacking" in found) return { abstain: found.lacking };
    const slow = await this.#objectionToWork(offer, spec, found.samples, signal);
    if (slow !== undefined) return { abstain: slow };
    const offers = this.#offers(offer, signal);
    // What it would not take must not keep it from what it would.
    const isFit = (other: TaskOffer) =>
      other.taken !== undefined || objectionToTerms(other, demands, this.#modules.aggregators) === undefined;
    const others = offers.then((all) => all.filter((one) => one.task !== offer.task && isFit(one)));
    const decision = await choices.decide(offer, others, { worker, costs });
    if ("abstain" in decision) return decision;
    const { count } = worker.schedule(offer.mechanismTerms, decision.choice, offer.epoch, this.#pace);
    if (count <= MOST_REFRESHES) return decision;
    choices.withdraw(offer.task);
    return { abstain: `it asks for ${count} refreshes` };
  }

  get #pace(): RefreshPace {
    return refreshPace(this.#modules.subchain, this.#options.spareBlocks);
  }

  /** Whatever of the same mechanism is open to the worker, or taken and not over. */
  #offers({ terms }: TaskOffer, signal: AbortSignal): Promise<TaskOffer[]> {
    const { mechanism } = terms;
    const now = Math.floor(this.#modules.clock.now() / 1000);
    return openOffers(this.#modules, { mechanism, worker: this.#options.account.address, now }, signal);
  }

  /** What a mechanism may do with in the worker's place. */
  #tools(task: bigint, { name }: Mechanism, signal: AbortSignal): WorkerTools {
    const { main, subchain, services, fetch, clock, listener } = this.#modules;
    const { signer, owner, mainAccount } = this.#options;
    return {
      signer,
      owner: owner?.[name],
      main,
      mainAccount,
      policy: main.place.contracts.policies[name]!,
      subchain: subchain.place.contracts.applications.tasks,
      chainId: subchain.client.chainId,
      services: new Map((services?.[name] ?? []).map(({ address, url }) => [address, url])),
      fetch,
      clock,
      signal,
      onTrouble: (doing, error) => listener({ type: "trouble", ...this.#who(task), doing, error }),
    };
  }

  /**
   * Why the work is more than it can do in time, as far as it knows how many samples it will have. How fast it is must
   * be known within a quarter of the time that is left to enrol.
   */
  async #objectionToWork(
    { terms }: TaskOffer,
    spec: TaskSpec,
    samples: number | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (samples === undefined) return undefined;
    const endless = objectionToSpec(spec, placesOf(terms), samples);
    if (endless !== undefined) return endless;
    const { trainingSeconds } = this.#options.demands;
    const { clock, speed } = this.#modules;
    const milliseconds = Math.max(0, terms.schedule.startTime * 1000 - clock.now()) / 4;
    const samplesASecond = await withTimeout({ clock, milliseconds, signal }, async (late) =>
      Promise.race([speed.samplesASecond(spec, signal), ended(late)]),
    );
    if (samplesASecond === undefined) return undefined;
    return objectionToTraining({ spec, terms, samples }, { samplesASecond, trainingSeconds });
  }

  /**
   * How many samples it will have, if that is known yet, or why it has nothing to train on. Data that are slow to come
   * are waited for half of the time that is left to enrol.
   */
  async #dataOf(
    { epoch }: TaskOffer,
    signal: AbortSignal,
  ): Promise<{ samples: number | undefined } | { lacking: string }> {
    const { data, clock } = this.#modules;
    const ready = data.ready();
    // Then it is told when a round needs them.
    ready.catch(() => undefined);
    const known = new AbortController();
    const patience = Math.max(0, epoch.startTime * 1000 - clock.now()) / 2;
    try {
      const late = clock.sleep(patience, AbortSignal.any([signal, known.signal])).then(() => undefined);
      return { samples: await Promise.race([ready, late]) };
    } catch (error) {
      if (error instanceof BaseError && !isStorageTrouble(error)) return { lacking: error.shortMessage };
      throw error;
    } finally {
      known.abort();
    }
  }

  /** What it enrolled with, as its subchain's events tell it. */
  async #enrolledWith(task: bigint, signal: AbortSignal): Promise<string> {
    const { address } = this.#options.account;
    const { follower } = this.#modules;
    const event = await follower.first(
      { name: "WorkerEnrolled", task, where: ({ args }) => args.worker === address },
      signal,
    );
    return event.args.choice;
  }

  async #playRounds(context: TaskContext, signal: AbortSignal): Promise<void> {
    const { follower, listener } = this.#modules;
    const { task } = context;
    const over = (round: number) =>
      follower.first(
        {
          name: ["TaskFinished", "RoundStarted"],
          task,
          where: (event) => event.name === "TaskFinished" || event.args.round === round,
        },
        signal,
      );
    for (let round = 0; ; ) {
      // A worker that comes back, or was slow, goes on with the round that is open now.
      const now = await this.#untilAnswered(task, "looking for the open round", { signal }, () =>
        this.#modules.subchain.taskOf(task),
      );
      if (now.status !== "Open") return;
      round = Math.max(round, now.round);
      const event = await over(round);
      if (event.name === "TaskFinished") return;
      const { globalModel } = event.args;
      const limit: RoundLimit = { until: Number.POSITIVE_INFINITY };
      const inTime = { signal, until: () => limit.until };
      try {
        // Played again after what passes, as after a restart: what it did is on the chain.
        await this.#untilAnswered(task, `taking part in round ${ordinal(round)}`, inTime, () =>
          this.#playRound(context, { round, globalModel, limit }, signal),
        );
      } catch (error) {
        if (error instanceof BaseError && error.code === "ABORTED") throw error;
        listener({ type: "round-missed", ...this.#who(task), round, error });
      }
      round++;
    }
  }

  async #playRound(
    context: TaskContext,
    { round, globalModel, limit }: { round: number; globalModel: string; limit: RoundLimit },
    signal: AbortSignal,
  ): Promise<void> {
    const { subchain, listener, clock } = this.#modules;
    const inTime = { signal, until: () => limit.until };
    const { account } = this.#options;
    const { task } = context;
    if (!(await sleepUntil(roundTime(context.times, round) * 1000, clock, signal))) throw aborted();
    if (!(await this.#takesPart(context, { round, limit }, signal))) {
      listener({ type: "not-drawn", ...this.#who(task), round });
      return;
    }
    const begunAt = clock.now();
    await this.#modules.data.arrived(context, round, signal);
    const prepared = await this.#trainInTime(context, { round, globalModel, limit }, signal);
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
    const commitment = updateCommitment(subchain.place.contracts.applications.tasks, revealed, prepared.salt);
    const shown = await this.#beforeCommit(context, revealed, { commitment, begunAt }, signal);
    const isOpen = await this.#untilAnswered(task, `committing to round ${ordinal(round)}`, inTime, () =>
      this.#commit(context, { round, commitment, limit }, signal),
    );
    if (!isOpen) return;

    const { commitSeconds, revealSeconds } = context.terms;
    const state = await this.#untilAnswered(task, `looking at round ${ordinal(round)}`, inTime, () =>
      subchain.roundOf(task, round),
    );
    limit.until = revealsUntil(state, { commitSeconds, revealSeconds });
    await this.#untilAnswered(task, `waiting for the reveals of round ${ordinal(round)}`, inTime, () =>
      untilRevealsBegin({ task, round, commitSeconds, revealSeconds }, this.#modules, signal),
    );
    // Not before: whoever can read the storage could commit to the same update, on another subchain too.
    const until = clock.now() + revealSeconds * 1000 * RECEIPTS_SHARE;
    await this.#modules.shows.take(
      () => this.#show(context, { round, revealed, prepared, shown, limit, until }, signal),
      SHOW_HOLDS_MILLISECONDS,
    );
    listener({ type: "revealed", ...this.#who(task), round });
  }

  /**
   * Whether it takes part in a round. Where not all do, that is known once the subchain's beacon is drawn; enrolment is
   * over by then.
   *
   * @throws `BEACON_NOT_DRAWN` when the round's time to commit is over before that.
   */
  async #takesPart(
    { task, index, terms, beacon }: TaskContext,
    { round, limit }: { round: number; limit: RoundLimit },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { workersPerRound, sampling, maxWorkers, commitSeconds, startTime } = terms;
    if (workersPerRound === 0 || workersPerRound >= maxWorkers) return true;
    const { subchain, clock } = this.#modules;
    const until = 1000 * commitsUntil(await subchain.roundOf(task, round), commitSeconds);
    limit.until = until;
    while (!signal.aborted) {
      // Time before the count: enrolment is over in whatever block is read then.
      const time = beacon.known === undefined ? await subchain.client.time() : startTime;
      beacon.known ??= await this.#drawn(task);
      const { enrolled } = await subchain.taskOf(task);
      const known = { beacon: beacon.known, enrolled, workersPerRound, sampling };
      const takes = time < startTime ? undefined : takesPart(known, round, index);
      if (takes !== undefined) return takes;
      if (clock.now() >= until) {
        throw new BaseError("BEACON_NOT_DRAWN", "Nobody drew who takes part in the round.", {
          details: `The beacon of task ${task} on ${subchain.client.name} was not drawn in time.`,
          next: "Look whether a keeper runs; anyone can call drawBeacon.",
        });
      }
      await clock.sleep(subchain.client.pollMilliseconds, signal);
    }
    throw aborted();
  }

  /** The beacon of a task; undefined before it is drawn. */
  async #drawn(task: bigint): Promise<string | undefined> {
    const { value } = await this.#modules.subchain.beaconOf(task);
    return value === ZeroHash ? undefined : value;
  }

  /** Stores an update, has aggregators say that they hold it, and reveals it. */
  async #show(
    context: TaskContext,
    { round, revealed, prepared, shown, limit, until }: ShownUpdate,
    signal: AbortSignal,
  ): Promise<void> {
    const { subchain, storage, listener, clock } = this.#modules;
    const { account } = this.#options;
    const { task } = context;
    const inTime = { signal, until: () => limit.until };
    await this.#untilAnswered(task, `storing its update of round ${ordinal(round)}`, inTime, () =>
      Promise.all([prepared.bytes, prepared.state].map((bytes) => bytes && storage.put(bytes))),
    );
    const asked = { update: revealed, salt: prepared.salt };
    const receipts = await this.#receipts(context, asked, until, signal);
    const { mechanism, mechanismTerms, choice } = context;
    const evidence = shown ?? (await mechanism.worker.evidence?.({ ...revealed, mechanismTerms, choice }));
    const reveal = async (evidence: string | undefined) => {
      // A reveal takes the commitment away: one that was made although nobody answered.
      if ((await subchain.commitmentOf(task, round, account.address)) === ZeroHash) return;
      const within = this.#leftUntil(limit.until);
      await subchain.reveal(account, task, round, prepared, evidence, receipts, { within });
    };
    await this.#untilAnswered(task, `revealing its update of round ${ordinal(round)}`, inTime, async () => {
      try {
        await reveal(evidence);
      } catch (error) {
        const isRefused = error instanceof ContractRevert && !isEarly(error, clock.now());
        if (!isRefused || shown === undefined || shown === "0x") throw error;
        // Others had a hand in it: whatever is wrong with it must not cost the round.
        listener({ type: "trouble", ...this.#who(task), doing: "showing what others signed", error });
        await reveal(undefined);
      }
    });
  }

  /** What the mechanism does between training and commit; undefined where it does nothing. */
  async #beforeCommit(
    { offer, terms, mechanism, choice }: TaskContext,
    { task, round, chainId, worker, samples }: RevealedUpdate,
    { commitment, begunAt }: { commitment: string; begunAt: number },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { beforeCommit } = mechanism.worker;
    if (beforeCommit === undefined) return undefined;
    const { subchain, clock } = this.#modules;
    const state = await this.#untilAnswered(task, `looking at round ${ordinal(round)}`, { signal }, () =>
      subchain.roundOf(task, round),
    );
    const own = { ...offer, taken: choice };
    const latest = commitsUntil(state, terms.commitSeconds);
    const quorate = offer.terms.quorumPpb === BILLION ? latest : quorumFrom(state, terms.commitSeconds);
    // No other chain is asked: a main chain that stands still costs no round, nor do strangers' tasks.
    const others = [...this.#taken.values()].filter(
      ({ task: other, terms: { mechanism: name, schedule } }) =>
        other !== task &&
        name === offer.terms.mechanism &&
        (schedule.startTime + schedule.epochSeconds) * 1000 > clock.now(),
    );
    const update = {
      ...{ task, round, chainId, worker, samples, commitment, begunAt },
      openedAt: state.openedAt,
      commitsUntil: latest,
      commitsSurelyUntil: Math.min(latest, quorate),
      offer: own,
      // In an order that does not depend on who asks.
      taken: [own, ...others].toSorted((a, b) => (a.task < b.task ? -1 : 1)),
    };
    return beforeCommit(update, this.#tools(task, mechanism, signal));
  }

  /**
   * Storage receipts of the task's aggregators for an update that is stored; as many as can be had in time.
   *
   * @param until - When they are asked no more, Unix milliseconds: the rest of the time is for the reveal itself.
   */
  async #receipts(
    { task, receipts: rule }: TaskContext,
    request: ReceiptRequest,
    until: number,
    signal: AbortSignal,
  ): Promise<string> {
    const { aggregators: urls, fetch, clock, listener } = this.#modules;
    const { packed, count, failures } = await collectReceipts(
      { request, rule, urls, until },
      { clock, fetch },
      signal,
    );
    if (signal.aborted) throw aborted();
    if (count < rule.attestations) {
      const error = new BaseError("RECEIPTS_MISSING", "Too few aggregators gave storage receipts.", {
        details: `${count} of ${rule.attestations} did. ${failures.map(messageOf).join(" ")}`,
        next: "The round will leave the update out. Look whether the aggregators' servers can be reached.",
      });
      listener({ type: "trouble", ...this.#who(task), doing: "collecting storage receipts", error });
    }
    return packed;
  }

  /** Commits, unless that was done before; whether there is something to reveal. */
  async #commit(
    context: TaskContext,
    { round, commitment, limit }: { round: number; commitment: string; limit: RoundLimit },
    signal: AbortSignal,
  ): Promise<boolean> {
    const { subchain, follower, listener } = this.#modules;
    const { account } = this.#options;
    const { task } = context;
    const known = await subchain.commitmentOf(task, round, account.address);
    if (known === commitment) return true;
    if (known !== ZeroHash) {
      throw new BaseError("OTHER_COMMITMENT", "What was committed to before does not come out again.", {
        details: `The chain has ${known}, and now it would be ${commitment}.`,
        next: "Go on with the engine, data and version of before; until then the round is lost.",
      });
    }
    try {
      const within = this.#leftUntil(limit.until);
      await subchain.commit(account, task, round, commitment, { within });
    } catch (error) {
      if (error instanceof ContractRevert && error.code === "CommitPhaseClosed")
        throw await this.#notCommitted(context, round, error);
      if (!(error instanceof ContractRevert) || error.code !== "AlreadyCommitted") throw error;
      // Started again before the block that took its commitment, or after its reveal: then this round is done.
      const own = ({ args }: EventNamed<"UpdateCommitted">) =>
        args.round === round && args.worker === account.address;
      await follower.first({ name: "UpdateCommitted", task, where: own }, signal);
      return (await subchain.commitmentOf(task, round, account.address)) === commitment;
    }
    listener({ type: "committed", ...this.#who(task), round });
    return true;
  }

  /** How long a call is waited for that is of use until a time: it may be seen in its block only some time later. */
  #leftUntil(time: number): number {
    const { blockSeconds } = this.#modules.subchain.client;
    return (
      Math.max(0, time - this.#modules.clock.now()) +
      SEEN_LATE.milliseconds +
      SEEN_LATE.blocks * 1000 * blockSeconds
    );
  }

  /** Why a round took no commit: it does not do so yet by its chain's clock, or it is over. */
  async #notCommitted(
    { task, terms }: TaskContext,
    round: number,
    refusal: ContractRevert,
  ): Promise<unknown> {
    const { subchain, clock } = this.#modules;
    const state = await subchain.roundOf(task, round);
    const over = state.closed || state.commitsClosedAt !== 0;
    if (over || clock.now() >= commitsUntil(state, terms.commitSeconds) * 1000) return refusal;
    return new BaseError("COMMITS_NOT_OPEN", `Round ${ordinal(round)} takes no commits yet.`, {
      details: `${subchain.client.name} has no block of its time: it began at ${state.startedAt}.`,
      retryable: true,
      cause: refusal,
    });
  }

  /** Trains while the round takes commits: what is done later is of no use, and its thread is free for another task. */
  async #trainInTime(
    context: TaskContext,
    { round, globalModel, limit }: { round: number; globalModel: string; limit: RoundLimit },
    signal: AbortSignal,
  ): Promise<Prepared> {
    const { subchain, turns, clock } = this.#modules;
    const { commitSeconds } = context.terms;
    const [state, committed] = await Promise.all([
      subchain.roundOf(context.task, round),
      subchain.commitmentOf(context.task, round, this.#options.account.address),
    ]);
    // Started again after it committed, it has until the end of the reveals to find its update again.
    const until =
      committed === ZeroHash ? commitsUntil(state, commitSeconds) * 1000 : revealsUntil(state, context.terms);
    limit.until = until;
    const { trainingSeconds } = this.#options.demands;
    const late = () =>
      new BaseError("TRAINING_LATE", "The training of a round took longer than there was time for it.", {
        details: `There is time until ${until / 1000}; a training may take ${trainingSeconds} s.`,
      });
    return turns.take(async () => {
      const milliseconds = Math.min(trainingSeconds * 1000, until - clock.now());
      if (signal.aborted) throw aborted();
      if (milliseconds <= 0) throw late();
      return withTimeout({ clock, milliseconds, signal }, async (ended) => {
        try {
          return await this.#train(context, round, globalModel, ended);
        } catch (error) {
          if (signal.aborted) throw aborted();
          throw ended.aborted ? late() : error;
        }
      });
    });
  }

  /** Trains on what is fresh; the same task, round and data give the same update. */
  async #train(
    context: TaskContext,
    round: number,
    globalModel: string,
    signal: AbortSignal,
  ): Promise<Prepared> {
    const { data, files, pool, listener, clock } = this.#modules;
    const { account, signer, behaviours = [] } = this.#options;
    const { task, spec } = context;
    const [{ dataset, batches }, global, state] = await Promise.all([
      data.dataFor(context, round),
      files.model(globalModel, spec),
      stateBefore(context, { worker: account.address, round }, this.#modules, signal),
    ]);
    const where = `chain ${this.#modules.subchain.client.chainId}, task ${task}, round ${round}`;
    // The same after a restart, or the update would not be the one that was committed to.
    const secret = isRepeatable(spec.update)
      ? undefined
      : new SecretRandom(await secretOf(signer, `Freshet randomness: ${where}`));
    const began = clock.now();
    const stream = trainingStream(account.address, round);
    const train = async (job: TrainJob) => {
      const result = await pool.train(job, spec.numericClass, signal);
      used = result.engine;
      return result;
    };
    const who = { behaviours, worker: account.address, round };
    const played = await playedBehaviour(context, who, this.#modules);
    // Of an update that was not trained here, what could have.
    let used: Omit<EngineId, "version"> = { numericClass: spec.numericClass, kind: "wasm" };
    const fitted = await fitRound({
      task: spec,
      round,
      global,
      base: globalModel,
      state,
      ...{ dataset, train },
      ...(played && playBehaviour(played, { task: spec, stream, dataset, train })),
      data: batches,
      secret,
      stream,
      digestOf,
    });
    const { update: bytes, workerState, trained } = fitted;
    const update = await digestOf(bytes);
    const samples = statedSamples(behaviours, dataset.labels.length, spec.training.samplesPerRound);
    listener({
      type: "trained",
      ...this.#who(task),
      round,
      samples,
      loss: trained.epochLosses.at(-1) ?? Number.NaN,
      milliseconds: clock.now() - began,
    });
    const engine = encodeEngineId({ ...used, version: FRESHET_VERSION });
    const salt = `0x${(await secretOf(signer, `Freshet salt: ${where}`)).toString("hex")}`;
    return { update, bytes, state: workerState, samples, engine, salt };
  }

  /** Waits until the task has ended and its epoch is settled, proves its record and takes its pay. */
  async #claim(context: TaskContext, signal: AbortSignal): Promise<bigint> {
    const { task, index } = context;
    const { main, mainFollower, subchain, proofs, listener, clock } = this.#modules;
    const { chainId } = subchain.client;
    const closed = await mainFollower.first({ name: "TaskClosed", task }, signal);
    const settled = { name: "EpochSettled" as const, task };
    await mainFollower.first({ ...settled, where: ({ args }) => args.chainId === chainId }, signal);
    if (closed.args.status === "Expired") await this.#credit(context, closed.args.rounds, signal);
    const doing = "claiming its pay";
    const heldUntil = await this.#untilAnswered(task, doing, { signal }, () => main.heldUntil(task));
    // A silent chain has not said that it is too late.
    const isPassing = (error: unknown) =>
      isSilence(error) || (clock.now() < heldUntil * 1000 && mayPass(error));
    let paid: bigint | undefined;
    const amount = await this.#untilAnswered(task, doing, { signal, isPassing }, async () => {
      if (await main.isClaimed(task, chainId, index)) return paid;
      const claim = await proofs.claimOf(task, index, signal);
      try {
        const receipt = await main.claim(this.#options.mainAccount, claim);
        paid = main.claimedIn(receipt);
        await this.#untilPaid(task, index, receipt, signal);
        return paid;
      } catch (error) {
        if (!(error instanceof ContractRevert) || error.code !== "AlreadyRefunded") throw error;
        // Its publisher may take all at once of a task that owes nobody anything.
        const { status, rounds } = closed.args;
        const reason =
          status === "Expired" && rounds === 0
            ? "the task expired before any round was final, so it owes nothing"
            : "its publisher took back what was left before it was claimed";
        listener({ type: "unpaid", ...this.#who(task), reason });
        return undefined;
      }
    });
    if (amount === undefined) return 0n;
    const possible = context.mechanism.worker.mostPay?.(context.mechanismTerms, context.choice);
    listener({
      type: "claimed",
      ...this.#who(task),
      amount,
      ...(possible === undefined ? {} : { possible }),
    });
    return amount;
  }

  /**
   * Waits until a claim's block is final: what a reorganization takes of it may not come again, as when it then comes
   * before what it rests on.
   *
   * @throws `CLAIM_UNDONE` (retryable).
   */
  async #untilPaid(task: bigint, index: number, { block }: Receipt, signal: AbortSignal): Promise<void> {
    const { main, subchain, clock } = this.#modules;
    const { client, place } = main;
    if (isFinalAtOnce(place.finality)) return;
    for (; !signal.aborted; await clock.sleep(client.pollMilliseconds, signal)) {
      const final = await finalHeader(client.rpc, place.finality);
      if (final === undefined || final.number < block.number) continue;
      if (await main.isClaimed(task, subchain.client.chainId, index)) return;
      throw new BaseError("CLAIM_UNDONE", `A reorganization of ${client.name} took a claim.`, {
        details: `It was in block ${block.number}.`,
        next: "It is made again.",
        retryable: true,
      });
    }
  }

  /**
   * Has the mechanism do what is left once the task is over: with the worker's record, or without when none came until
   * nothing is held for claims.
   */
  async #endPart(
    { task, index, mechanism }: Pick<TaskContext, "task" | "mechanism"> & { index?: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { afterTask } = mechanism.worker;
    if (afterTask === undefined) return;
    const { main, mainFollower, subchain, proofs, clock } = this.#modules;
    const { chainId } = subchain.client;
    await mainFollower.first({ name: "TaskClosed", task }, signal);
    const recorded = new AbortController();
    const either = AbortSignal.any([signal, recorded.signal]);
    const settled = mainFollower.first(
      { name: "EpochSettled", task, where: ({ args }) => args.chainId === chainId },
      either,
    );
    const until = await this.#untilAnswered(task, "ending its part", { signal }, () => main.heldUntil(task));
    const late = sleepUntil((until + 1) * 1000, clock, either).then(() => undefined);
    // Who never enrolled has no record.
    const hasRecord =
      index === undefined
        ? late.then(() => false)
        : Promise.race([settled.then(() => true), late.then(() => false)]);
    const isSettled = await hasRecord;
    recorded.abort();
    settled.catch(() => undefined);
    if (signal.aborted) throw aborted();
    await this.#untilAnswered(task, "ending its part", { signal }, async () => {
      const claim = isSettled ? await proofs.claimOf(task, index!, signal) : undefined;
      await afterTask(task, claim, this.#tools(task, mechanism, signal));
    });
  }

  /**
   * Has the worker credited with what it revealed in the round in which its task expired. The report of it may never
   * come: then half of the time for claims is left to claim without.
   */
  async #credit({ task, index }: TaskContext, round: number, signal: AbortSignal): Promise<void> {
    const { main, subchain, proofs, listener, clock } = this.#modules;
    const { chainId } = subchain.client;
    const waiting = new AbortController();
    const either = AbortSignal.any([signal, waiting.signal]);
    try {
      const terms = await this.#untilAnswered(task, "claiming its pay", { signal }, () => main.termsOf(task));
      const half = clock.now() + (1000 * terms.schedule.claimSeconds) / 2;
      void sleepUntil(half, clock, either).then(() => waiting.abort());
      const inTime = { signal, until: () => half };
      const credit = await this.#untilAnswered(task, "looking for its last update", inTime, () =>
        proofs.creditOf(task, round, index, either),
      );
      if (credit === undefined) return;
      await this.#untilAnswered(task, "being credited with its last update", inTime, async () => {
        if (await main.isClaimed(task, chainId, index)) return;
        await main.credit(this.#options.mainAccount, credit);
      });
    } catch (error) {
      if (signal.aborted) throw error;
      listener({ type: "trouble", ...this.#who(task), doing: "being credited with its last update", error });
    } finally {
      waiting.abort();
    }
  }

  /** Does again what failed and may pass while its time is not over, or what came too early for a chain's clock. */
  async #untilAnswered<T>(
    task: bigint,
    doing: string,
    time: TryAgainOptions,
    work: () => Promise<T>,
  ): Promise<T> {
    const { signal } = time;
    const { clock, listener } = this.#modules;
    const onFailure = (error: unknown) => listener({ type: "trouble", ...this.#who(task), doing, error });
    const inTime = async () => {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          if (!isEarly(error, clock.now()) || signal.aborted) throw error;
          await clock.sleep(EARLY_MILLISECONDS, signal);
        }
      }
    };
    const result = await tryAgain(inTime, time, { clock, onFailure });
    if (signal.aborted) throw aborted();
    return result as T;
  }
}

/** Until when a round takes reveals at the latest, as far as its subchain knows, Unix milliseconds. */
function revealsUntil(
  round: Parameters<typeof revealsFrom>[0],
  { commitSeconds, revealSeconds }: { commitSeconds: number; revealSeconds: number },
): number {
  return 1000 * (revealsFrom(round, commitSeconds) + revealSeconds);
}

function messageOf(error: unknown): string {
  return error instanceof BaseError ? error.shortMessage : String(error);
}

/** Resolves once a signal aborts. */
function ended(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

/** Whether a call was refused because the chain's clock is behind this one. */
function isEarly(error: unknown, now: number): boolean {
  if (error instanceof BaseError && error.code === "COMMITS_NOT_OPEN") return true;
  if (!(error instanceof ContractRevert) || error.code !== "NotRevealPhase") return false;
  return now < Number(error.values.until) * 1000;
}

function aborted(): BaseError {
  return new BaseError("ABORTED", "The worker was stopped.");
}

/** How many workers a task may have on all its subchains together. */
function placesOf({ maxWorkers, subchains }: TaskOffer["terms"]): number {
  return maxWorkers * subchains.length;
}
