import { roundHalfAway } from "../../../numerics/roundHalfAway.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BILLION } from "../../../numerics/Share.ts";
import { shuffle } from "../../../numerics/shuffle.ts";
import type { MechanismScores, ScoredRound, ScoringTools, WorkerScore } from "../../MechanismScores.ts";
import { decodeScore, encodeScore } from "../encodings.ts";
import { foldMeans, medianOf, ppbOf } from "./medianOfMeans.ts";

/**
 * Evaluations of a sample that a round's scoring takes at the most for θ, over all its workers and the model that they
 * started from, and as many again for ω on the held-out samples and for ω on the batches of workers that are new:
 * aggregators do them between the last report and their commitment.
 */
export const MOST_EVALUATIONS = 20_000;
/** Samples a fold, unless fewer are held out: below, one label decides a fold. */
const LEAST_FOLD = 4;
/** The Brier loss of a certain mistake: no loss of a classification is above it. */
const MOST_OMEGA = 2 * BILLION;

/**
 * ω and θ of workers, on samples that everybody who scores can have, never from what a worker or publisher says of them
 * (eqs 3 and 4):
 *
 * - ω is the Brier loss of the task's *initial* model, in [0, 2]: how much there is to learn. It is measured on the
 *   worker's own data where it sent a batch of them ahead (virtual workers do), and on the samples that the task's
 *   specification holds out for all others, whose data are private. A batch that is none of the task's data has
 *   nothing to learn: ω is 0. It is computed once, with the worker's first score, and stays: nobody chooses the round
 *   that it is measured in.
 * - θ is the mean, over the rounds that took the worker's update, of the loss of (model + update) ÷ the loss of the model
 *   that the round started from, each within (0, 1], on held-out samples; a mean of billionths is rounded once a round.
 *   Lower is more accurate; an update that makes the model worse is 1.
 *
 * Each loss is a *median of means*: the samples, in a seeded order, are dealt into as many folds as the task has
 * aggregators; a fold's value is the mean over its samples, and the median of the folds counts. The order follows from
 * all updates that were taken: who trains cannot know which samples will be looked at.
 */
export const scores: MechanismScores = async (round, tools) => {
  const accepted = round.revealed.filter((update) => update.accepted);
  if (accepted.length === 0) return [];
  const heldOut = await tools.heldOut();
  const { length: aggregators } = round.terms.aggregators;
  const models = accepted.length + 1;
  const folds = foldCount(heldOut, aggregators, models);
  const samples = drawn(heldOut, sampleCount(heldOut, folds, models), seedOf(round, accepted));
  const known = new Map<string, WorkerScore>(round.before.map((score) => [keyOf(score), score]));
  const omegas = await omegasOf(round, accepted, tools);
  const base = foldMeans(await tools.losses({ global: round.base }, samples), folds);
  for (const { chainId, index, update } of accepted) {
    const after = foldMeans(await tools.losses({ base: round.base, update }, samples), folds);
    const ratios = after.map((loss, fold) => (base[fold]! > 0 ? loss / base[fold]! : 1));
    const theta = ppbOf(medianOf(ratios), { least: 1, most: BILLION });
    const before = known.get(keyOf({ chainId, index }));
    const so =
      before === undefined
        ? { omegaPpb: omegas.get(keyOf({ chainId, index }))!, thetaPpb: 0, rounds: 0 }
        : decodeScore(before.score);
    const rounds = so.rounds + 1;
    const score = encodeScore({
      omegaPpb: so.omegaPpb,
      thetaPpb: roundHalfAway((so.thetaPpb * so.rounds + theta) / rounds),
      rounds,
    });
    known.set(keyOf({ chainId, index }), { chainId, index, score });
  }
  return [...known.values()];
};

/** As many folds as the task has aggregators; fewer where so many models are looked at that there is no time for them. */
export function foldCount(available: number, aggregators: number, models: number): number {
  const most = Math.floor(MOST_EVALUATIONS / (models * LEAST_FOLD));
  return Math.max(1, Math.min(available, aggregators, most));
}

/** How many samples each model of a round is looked at on. */
export function sampleCount(available: number, folds: number, models: number): number {
  const share = Math.floor(MOST_EVALUATIONS / models);
  return Math.min(available, Math.max(share, folds * LEAST_FOLD));
}

/**
 * ω of those whose update was taken for the first time, in billionths, by `keyOf`. Which samples of a batch are looked
 * at, and in which folds, nobody knows who puts it together; those that are held out are looked at alike in all rounds.
 */
async function omegasOf(
  round: ScoredRound,
  accepted: ScoredRound["revealed"],
  tools: ScoringTools,
): Promise<ReadonlyMap<string, number>> {
  const known = new Set(round.before.map(keyOf));
  const { specDigest, initialModel, aggregators } = round.terms;
  const workers = accepted.filter((update) => !known.has(keyOf(update)));
  const batches = workers.filter(({ firstBatch }) => firstBatch !== undefined).length;
  /** @param looks - Over how many sets of samples the evaluations are shared. */
  const measured = async (count: number, looks: number, seed: readonly string[], batch?: string) => {
    const folds = foldCount(count, aggregators.length, looks);
    const samples = drawn(count, sampleCount(count, folds, looks), seed);
    const losses = await tools.losses({ global: initialModel }, samples, batch);
    return ppbOf(medianOf(foldMeans(losses, folds)), { least: 0, most: MOST_OMEGA });
  };
  let onHeldOut: number | undefined;
  const omegas = new Map<string, number>();
  for (const worker of workers) {
    const { firstBatch } = worker;
    if (firstBatch === undefined) {
      onHeldOut ??= await measured(await tools.heldOut(), 1, [specDigest, initialModel]);
      omegas.set(keyOf(worker), onHeldOut);
      continue;
    }
    const count = await tools.batch(firstBatch);
    const seed = [...seedOf(round, accepted), firstBatch];
    omegas.set(keyOf(worker), count === 0 ? 0 : await measured(count, batches, seed, firstBatch));
  }
  return omegas;
}

/** So many of the samples, in a seeded order. */
function drawn(all: number, count: number, seed: readonly string[]): Uint32Array {
  const places = Uint32Array.from({ length: all }, (_, i) => i);
  return shuffle(places, new SeededRandom(0, "trading samples", ...seed)).slice(0, count);
}

/**
 * What nobody knows before the round's commits are over. Of updates that were not taken an auditor, who comes later, may
 * see others than the aggregators did.
 */
function seedOf({ task, round, terms }: ScoredRound, accepted: ScoredRound["revealed"]): string[] {
  return [terms.specDigest, String(task), String(round), ...accepted.map(({ update }) => update)];
}

function keyOf({ chainId, index }: Pick<WorkerScore, "chainId" | "index">): string {
  return `${chainId}/${index}`;
}
