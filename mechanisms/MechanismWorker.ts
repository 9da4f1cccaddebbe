/** The time that work is measured over, seconds. */
export interface Epoch {
  /** Unix seconds. */
  startTime: number;
  epochSeconds: number;
}

/** A task that a worker can enrol in now, or has enrolled in and whose epoch is not over. */
export interface Offer {
  epoch: Epoch;
  /** Hex. */
  mechanismTerms: string;
  /** What the worker enrolled with, or is enrolling with now, hex; undefined while it has not chosen. */
  taken?: string | undefined;
}

/** What only the worker knows. */
export interface PrivateCosts {
  /** One refresh of its data, wei. */
  refresh: bigint;
}

/** What a worker does about an offer: it enrols with a choice (hex), or says why it stays away. */
export type Decision = { choice: string } | { abstain: string };

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

/** How a worker acts under a mechanism. */
export interface MechanismWorker {
  /**
   * Decides about all of the mechanism's offers that are open to a worker at once, as they may compete for it.
   *
   * @returns A decision an offer, in the order of the offers; those taken stay as they are.
   */
  choose(offers: readonly Offer[], costs: PrivateCosts): readonly Decision[];
  /** When a worker with that choice refreshes. */
  schedule(mechanismTerms: string, choice: string, epoch: Epoch): RefreshSchedule;
  /** What the mechanism's meter wants to see with a reveal, hex; nothing unless given. */
  evidence?(reveal: ShownReveal): Promise<string>;
}
