import type { Signer } from "ethers";
import type { z } from "zod";

import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import type { Claim, MainChain } from "../chains/clients/MainChain.ts";
import type { Clock } from "../protocol/Clock.ts";

/** The time that work is measured over, seconds. */
export interface Epoch {
  /** Unix seconds. */
  startTime: number;
  epochSeconds: number;
}

/** A task that a worker can enrol in now, or has enrolled in and whose epoch is not over. */
export interface Offer {
  epoch: Epoch;
  /** How many rounds are planned, and most samples of an update; undefined where somebody guesses. */
  rounds?: number;
  maxSamples?: number;
  /** Hex. */
  mechanismTerms: string;
  /** What the worker enrolled with, or is enrolling with now, hex; undefined while it has not chosen. */
  taken?: string | undefined;
}

/** What only the worker knows, and who it is. */
export interface PrivateCosts {
  /** One refresh of its data, wei. */
  refresh: bigint;
  /** Its address; undefined where somebody guesses what any worker would do. */
  worker?: string | undefined;
  /** What its owner says of it for this mechanism, as `ownerSchema` parsed it; undefined where nothing is said. */
  owner?: unknown;
}

/** What a worker does about an offer: it enrols with a choice (hex), or says why it stays away. */
export type Decision =
  | { choice: string }
  /** `isMeant`: the task does not ask for this worker, and nothing is wrong. */
  | { abstain: string; isMeant?: true };

/**
 * Refreshes of an epoch, at the most: workers take no task on that asks them for more, whatever its mechanism. Each is
 * a transaction, and an event that others read.
 */
export const MOST_REFRESHES = 65_536;

/** When a worker refreshes its data; nobody makes a list of all of it. It follows from the task's times and the worker's choice alone. */
export interface RefreshSchedule {
  /** How many refreshes an epoch has. */
  readonly count: number;
  /** How long data count as fresh after a refresh, seconds. */
  readonly freshSeconds: number;
  /** When refresh `j`, from 0, is due, Unix seconds. */
  timeOf(j: number): number;
  /** The last refresh, from 0, that is due by a time (Unix seconds); −1 before the first. */
  lastBy(time: number): number;
  /**
   * Until when data are to be fresh, Unix seconds: where the last refresh came so much before it was due that they would
   * not be, as on a chain whose blocks are far apart, there is a further one. As long as the last counts, unless given.
   */
  readonly freshUntil?: number;
  /** How much later than it is due a refresh may come at no loss, seconds; 0 unless given. */
  readonly spareSeconds?: number;
}

/** How refreshes come into a chain's blocks. */
export interface RefreshPace {
  /** From block to block, where a refresh is in the last block before it is due; 0 where it has one of its own at once. */
  readonly blockSeconds: number;
  /** By how many blocks a refresh is early, for a reorganization that sets it back; fewer where data count as fresh for a short time. */
  readonly spareBlocks: number;
}

/** What a worker puts into the updates of an offer that it has taken. */
export interface Effort {
  /** How long an update takes, seconds. */
  updateSeconds: number;
  /** What the updates of all its rounds cost the worker, and what it expects to be paid for them, wei. */
  cost: bigint;
  pay: bigint;
}

/** An update that a worker is about to reveal. */
export interface ShownReveal {
  task: bigint;
  /** From 0. */
  round: number;
  worker: string;
  /** Storage digest of the update. */
  update: string;
  /** Hex. */
  mechanismTerms: string;
  /** What the worker enrolled with, hex. */
  choice: string;
}

/** An update that is trained and that nobody else has seen. */
export interface PendingUpdate {
  task: bigint;
  /** From 0. */
  round: number;
  /** Of the worker's subchain. */
  chainId: bigint;
  worker: string;
  /** What it will be committed to with, hex: salted, so it tells nothing of the update. */
  commitment: string;
  samples: number;
  /** When the main chain opened the round, Unix seconds. */
  openedAt: number;
  /** Until when the round takes commits at the latest, Unix seconds. */
  commitsUntil: number;
  /** Until when no quorum of others can end them before that, Unix seconds. */
  commitsSurelyUntil: number;
  /** When the worker began with it, Unix milliseconds. */
  begunAt: number;
  /** The task's, as the others that the worker has taken of this mechanism. */
  offer: Offer;
  /** All that it has taken of this mechanism and that is not over, this one among them. */
  taken: readonly Offer[];
}

/** What a worker's hands are for a mechanism that asks more of it than to enrol, commit and reveal. */
export interface WorkerTools {
  /** Its key. */
  signer: Signer;
  owner: unknown;
  main: MainChain;
  /** Its account on the main chain. */
  mainAccount: ChainAccount;
  /** The mechanism's policy on the main chain, and the worker's learning subchain. */
  policy: string;
  subchain: string;
  /** Of that subchain. */
  chainId: bigint;
  /** The network's services of the mechanism: base URLs by checksummed address. */
  services: ReadonlyMap<string, string>;
  fetch: typeof fetch;
  clock: Clock;
  /** Ends the waiting. */
  signal: AbortSignal;
  /** Tells its owner of what went wrong and does not keep it from going on. */
  onTrouble: (doing: string, error: unknown) => void;
}

/** How a worker acts under a mechanism. */
export interface MechanismWorker {
  /** What an owner may say of a worker in the workers file, under the mechanism's name; nothing unless given. */
  readonly ownerSchema?: z.ZodType<unknown>;
  /**
   * Decides about all of the mechanism's offers that are open to a worker at once, as they may compete for it.
   *
   * @returns A decision an offer, in the order of the offers; those taken stay as they are.
   */
  choose(offers: readonly Offer[], costs: PrivateCosts): readonly Decision[];
  /**
   * When a worker with that choice refreshes.
   *
   * @param pace - Of its chain; unless given, a refresh has a block of its own at once.
   */
  schedule(mechanismTerms: string, choice: string, epoch: Epoch, pace?: RefreshPace): RefreshSchedule;
  /** What a worker with that choice is paid if it is never late and misses nothing, wei; unless given, nobody can say. */
  mostPay?(mechanismTerms: string, choice: string): bigint;
  /**
   * What a worker puts into the updates of offers that it has taken, jointly: of a mechanism that pays for it. Of others,
   * which leave it out, it is the worker's own matter.
   *
   * @returns An effort an offer; undefined where the worker cannot serve them all, or its owner has not said what it costs.
   */
  effort?(taken: readonly Offer[], costs: PrivateCosts): readonly Effort[] | undefined;
  /** What the mechanism's meter wants to see with a reveal, hex; nothing unless given. */
  evidence?(reveal: ShownReveal): Promise<string>;
  /**
   * What there is to do before the worker enrols, which has the task's first model by then; it may have done it already
   * and been started again.
   *
   * @returns Why it stays away after all; undefined when it can enrol.
   */
  beforeEnrolment?(task: bigint, offer: Offer, tools: WorkerTools): Promise<string | undefined>;
  /**
   * What there is to do between training and commit; resolves when the worker is to commit. Asked again after a restart,
   * also of what is committed to.
   *
   * @returns What the meter is shown with the reveal, hex; then `evidence` is not asked.
   */
  beforeCommit?(update: PendingUpdate, tools: WorkerTools): Promise<string>;
  /**
   * What there is to do once the task is over for the worker.
   *
   * @param claim - Its proven work; undefined when its subchain recorded none until nothing is held for claims.
   */
  afterTask?(task: bigint, claim: Claim | undefined, tools: WorkerTools): Promise<void>;
}
