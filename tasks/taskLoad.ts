import type { RefreshSchedule } from "../mechanisms/MechanismWorker.ts";
import { RECEIPTS_SHARE } from "../protocol/roundTimes.ts";
import type { TaskSpec } from "./taskSpec.ts";

/** What a task asks of a machine that runs its chains and all its workers. */
export interface TaskLoad {
  workers: number;
  /** Storage receipts that each of them asks for before a reveal. */
  receipts: number;
  /** Refreshes a second, the mean over the epoch. */
  refreshesASecond: number;
  /** Refreshes that are due at the same moment, when the epoch begins. */
  refreshesAtOnce: number;
  /** Samples that all workers together train on in a round, each as often as it is passed over. */
  samplesARound: number;
}

/** What a machine was measured to do. */
export interface MachineSpeed {
  /** Transactions signed, sent and taken by the chains. */
  transactionsASecond: number;
  /** Those that are signed already, as refreshes are when they are due. */
  signedASecond: number;
  samplesASecond: number;
}

/** What a machine cannot carry of a task. */
export interface Shortfall {
  /** In a sentence, with what was measured. */
  text: string;
  /** Whether rounds are missed because of it; otherwise data are fresh a little less than they could be. */
  isGrave: boolean;
}

/**
 * What a task asks for when these workers take part.
 *
 * @param schedules - When each of them refreshes.
 * @param samples - How many samples there are to train on in each space; unknown unless given.
 */
export function taskLoad(
  spec: TaskSpec,
  schedules: readonly RefreshSchedule[],
  samples = Number.POSITIVE_INFINITY,
): TaskLoad {
  const workers = schedules.length;
  const refreshes = schedules.reduce((sum, { count }) => sum + count, 0);
  return {
    workers,
    receipts: spec.aggregators.of,
    refreshesASecond: refreshes / spec.schedule.epochSeconds,
    refreshesAtOnce: workers,
    samplesARound: samplesARound(spec, workers, samples),
  };
}

function samplesARound({ training, subchains }: TaskSpec, workers: number, samples: number): number {
  const { samplesPerRound, epochs, batchSize, maxSteps = Number.POSITIVE_INFINITY } = training;
  const atHand = Math.min(workers * samplesPerRound, subchains.length * samples);
  return Math.min(atHand * epochs, workers * maxSteps * batchSize);
}

/**
 * What a machine that only trains cannot carry, in a sentence with what was measured; undefined when it carries it all.
 *
 * @param here - How many workers it trains for, and how many samples they have in each space.
 */
export function trainingShortfall(
  spec: TaskSpec,
  { workers, samples }: { workers: number; samples: number },
  samplesASecond: number,
): string | undefined {
  const { commitSeconds } = spec.schedule;
  const trained = samplesARound(spec, workers, samples);
  const seconds = trained / samplesASecond;
  if (seconds <= commitSeconds) return undefined;
  return `up to ${workers} workers here train on ${number(trained)} samples a round, which takes ${number(seconds)} s at ${number(samplesASecond)} samples a second; a round has ${commitSeconds} s for it (commitSeconds), and who is late misses it.`;
}

/** Share of its transactions that a machine has for refreshes: commits and reveals want the rest. */
const REFRESH_SHARE = 0.5;
/**
 * What a storage receipt takes of a machine, in signed transactions: it is asked for, two questions to the chain are
 * answered, the update is written once more, and the receipt is signed and checked. 1,000 workers of two aggregators had
 * theirs in 40 s where 666 signed transactions were taken a second, 600 had not where 215 were.
 */
const TRANSACTIONS_IN_RECEIPT = 10;

/** What a machine of that speed cannot carry of a task; empty when it carries it all. */
export function shortfalls(
  { schedule }: Pick<TaskSpec, "schedule">,
  load: TaskLoad,
  { transactionsASecond, signedASecond, samplesASecond }: MachineSpeed,
): Shortfall[] {
  const { commitSeconds, revealSeconds } = schedule;
  const { workers, receipts, samplesARound } = load;
  const found: Shortfall[] = [];
  const training = samplesARound / samplesASecond;
  const sending = workers / transactionsASecond;
  if (training + sending > commitSeconds) {
    found.push({
      isGrave: true,
      text: `${workers} workers train on ${number(samplesARound)} samples a round and commit, which takes ${number(training + sending)} s at ${number(samplesASecond)} samples and ${number(transactionsASecond)} transactions a second; a round has ${commitSeconds} s for it (commitSeconds).`,
    });
  }
  const revealing = (workers * (1 + TRANSACTIONS_IN_RECEIPT * receipts)) / signedASecond;
  if (revealing > revealSeconds * RECEIPTS_SHARE) {
    found.push({
      isGrave: true,
      text: `${workers} workers have ${receipts === 1 ? "an aggregator" : `${receipts} aggregators`} hold their updates and reveal, which takes ${number(revealing)} s where the chains take ${number(signedASecond)} transactions a second; a round has ${number(revealSeconds * RECEIPTS_SHARE)} s for it (two thirds of revealSeconds).`,
    });
  }
  const { refreshesASecond, refreshesAtOnce } = load;
  if (refreshesASecond > REFRESH_SHARE * transactionsASecond) {
    found.push({
      isGrave: true,
      text: `${number(refreshesASecond)} refreshes are due a second beside commits and reveals, and the chains take ${number(transactionsASecond)} transactions a second.`,
    });
  }
  const late = refreshesAtOnce / signedASecond;
  if (late > 1) {
    found.push({
      isGrave: false,
      text: `${number(refreshesAtOnce)} refreshes are due at once, and the chains take ${number(signedASecond)} of them a second: some come up to ${number(late)} s late, and are paid for less.`,
    });
  }
  return found;
}

function number(value: number): string {
  return value >= 10 ? Math.round(value).toLocaleString("en-US") : String(Math.round(10 * value) / 10);
}
