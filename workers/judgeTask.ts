import { mostModelBytes } from "../learning/federated/modelCodec.ts";
import { mostUpdateBytes } from "../learning/federated/updateCodec.ts";
import { elementCount } from "../learning/models/elementCount.ts";
import { parameterShapes } from "../learning/models/parameterShapes.ts";
import { BILLION } from "../numerics/Share.ts";
import { longestSeconds } from "../protocol/roundTimes.ts";
import type { TaskTerms } from "../protocol/taskTerms.ts";
import { LONGEST_SECONDS } from "../protocol/termsBounds.ts";
import { defaultMaxFileBytes } from "../storage/ContentStore.ts";
import { tooManyUpdates } from "../tasks/eventCount.ts";
import { roundTooLarge } from "../tasks/roundSize.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";

/** What a worker's owner asks of a task. */
export interface WorkerDemands {
  /** Tokens that are worth working for, addresses. */
  tokens: readonly string[];
  /** Aggregators that are trusted, addresses: the others must be fewer than a task's attestations. Any unless given. */
  aggregators?: readonly string[] | undefined;
  /** Longest time that one round's training may take, seconds. */
  trainingSeconds: number;
}

/** Longest training of a round unless a worker's owner says otherwise, seconds. */
export const TRAINING_SECONDS = 3600;

/** Samples that a worker visits in a round times the model's parameters, at the most. */
const MOST_TRAINING = 2 ** 50;
/** Share of the commit phase after which a quorum can end it (LearningSubchain). */
const LEAST_COMMIT_SHARE = 1 / 4;

/**
 * Why a worker does not take a task on, by its terms and token alone: nothing that a stranger published is fetched
 * for this. The chains check their bounds too; a worker does not depend on it.
 *
 * @param urls - Where aggregators give storage receipts, by checksummed address: without enough of them no update counts.
 */
export function objectionToTerms(
  { terms, token }: { terms: TaskTerms; token: string },
  { tokens, aggregators: trusted }: WorkerDemands,
  urls: ReadonlyMap<string, string>,
): string | undefined {
  const { schedule, aggregators, attestations } = terms;
  const isSame = (a: string) => (b: string) => a.toLowerCase() === b.toLowerCase();
  if (!tokens.some(isSame(token))) return `it is paid in ${token}, which is not among the accepted tokens`;
  if (attestations * 2 <= aggregators.length) {
    return `${attestations} of its ${aggregators.length} aggregators decide alone`;
  }
  const strangers = aggregators.filter((one) => trusted !== undefined && !trusted.some(isSame(one)));
  if (strangers.length >= attestations) {
    return `${strangers.length} of its aggregators are not trusted, and ${attestations} decide alone`;
  }
  const reached = aggregators.filter((one) => urls.has(one)).length;
  if (reached < attestations) {
    return `storage receipts can be had of ${reached} of its aggregators, and ${attestations} are needed`;
  }
  const tooMany = tooManyUpdates(terms.rounds, terms.maxWorkers * terms.subchains.length);
  if (tooMany !== undefined) return tooMany;
  const { startTime, deadline, epochSeconds, commitSeconds } = schedule;
  const longest = Math.max(epochSeconds, commitSeconds, schedule.claimSeconds, deadline - startTime);
  if (longest > LONGEST_SECONDS) return `it goes on for ${longest} s`;
  if (deadline < startTime + epochSeconds) return "its deadline lies before the end of its epoch";
  // What expires is paid for its accepted rounds among all planned ones.
  const needed = longestSeconds(terms.rounds, schedule);
  if (deadline < startTime + needed) {
    return `its ${terms.rounds} rounds take ${needed} s at the longest, and its deadline leaves ${deadline - startTime} s`;
  }
  return undefined;
}

/**
 * Why nobody can carry a task out, by its specification: files that no store takes, rounds that no aggregator can have
 * in memory, or endless training.
 *
 * @param workers - That the task may have on all subchains together.
 */
export function objectionToSpec(spec: TaskSpec, workers: number, samples: number): string | undefined {
  const bytes = Math.max(mostUpdateBytes(spec), mostModelBytes(spec));
  if (bytes > defaultMaxFileBytes) return `its files can have ${bytes} bytes, more than storage takes`;
  const tooLarge = roundTooLarge(spec, workers);
  if (tooLarge !== undefined) return tooLarge;
  const parameters = parameterShapes(spec.model).reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const visits = visitsOf(spec, samples);
  if (visits * parameters > MOST_TRAINING) {
    return `a round visits ${visits} samples with ${parameters} parameters, which is too much for any worker`;
  }
  return undefined;
}

/**
 * Why no update of a task could be revealed: its chains refuse those of more samples than its terms say, and its
 * specification has workers train on more. Whoever put up a bond would lose it.
 */
export function objectionToCounts(
  spec: TaskSpec,
  { maxSamples }: Pick<TaskTerms, "maxSamples">,
): string | undefined {
  const { samplesPerRound } = spec.training;
  if (samplesPerRound <= maxSamples) return undefined;
  return `it takes updates of at most ${maxSamples} samples, and has workers train on ${samplesPerRound}`;
}

/**
 * Why a worker cannot keep up with a task: its training, as fast as this machine computes, takes longer than a round
 * leaves it, which is all of the commit phase only if no quorum can end it earlier.
 *
 * @param samples - How many the worker will have.
 */
export function objectionToTraining(
  { spec, terms, samples }: { spec: TaskSpec; terms: TaskTerms; samples: number },
  { samplesASecond, trainingSeconds }: { samplesASecond: number; trainingSeconds: number },
): string | undefined {
  const share = terms.quorumPpb === BILLION ? 1 : LEAST_COMMIT_SHARE;
  const left = Math.min(trainingSeconds, terms.schedule.commitSeconds * share);
  const seconds = visitsOf(spec, samples) / samplesASecond;
  if (seconds <= left) return undefined;
  return `a round's training takes ${Math.ceil(seconds)} s here, and ${left} s are left for it`;
}

/** Samples that a worker with so many visits in a round, counting repeats. */
function visitsOf({ training }: Pick<TaskSpec, "training">, samples: number): number {
  const { samplesPerRound, epochs, batchSize, maxSteps = Number.POSITIVE_INFINITY } = training;
  return Math.min(Math.min(samples, samplesPerRound) * epochs, maxSteps * batchSize);
}
