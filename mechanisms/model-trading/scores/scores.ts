import { roundHalfAway } from "../../../numerics/roundHalfAway.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BILLION } from "../../../numerics/Share.ts";
import { shuffle } from "../../../numerics/shuffle.ts";
import type { MechanismScores, ScoredRound, WorkerScore } from "../../MechanismScores.ts";
import { decodeScore, encodeScore } from "../encodings.ts";
import { foldMeans, medianOf, ppbOf } from "./medianOfMeans.ts";

/**
 * Evaluations of a sample that a round's scoring takes at the most, over all its workers and the model that they
 * started from: aggregators do them between the last report and their commitment.
 */
export const MOST_EVALUATIONS = 20_000;
/** Samples a fold, unless fewer are held out: below, one label decides a fold. */
const LEAST_FOLD = 4;
/** The Brier loss of a certain mistake: no loss of a classification is above it. */
const MOST_OMEGA = 2 * BILLION;

/**
 * ω and θ of workers, on the samples that the task's specification holds out, never from what a worker or publisher
 * says of them (eqs 3 and 4):
 *
 * - ω is the Brier loss of the task's *initial* model, in [0, 2]: how much there is to learn. It is computed once, with
 *   the first scores, and the same for all workers: nobody chooses the round that it is measured in.
 * - θ is the mean, over the rounds that took the worker's update, of the loss of (model + update) ÷ the loss of the model
 *   that the round started from, each within (0, 1]; a mean of billionths is rounded once a round. Lower is more accurate; an update that makes the model worse is 1.
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
  const omegaPpb = await omegaOf(round, heldOut, foldCount(heldOut, aggregators, 1), tools);
  const base = foldMeans(await tools.losses({ global: round.base }, samples), folds);
  for (const { chainId, index, update } of accepted) {
    const after = foldMeans(await tools.losses({ base: round.base, update }, samples), folds);
    const ratios = after.map((loss, fold) => (base[fold]! > 0 ? loss / base[fold]! : 1));
    const theta = ppbOf(medianOf(ratios), { least: 1, most: BILLION });
    const before = known.get(keyOf({ chainId, index }));
    const so = before === undefined ? { thetaPpb: 0, rounds: 0 } : decodeScore(before.score);
    const rounds = so.rounds + 1;
    const score = encodeScore({
      omegaPpb,
      thetaPpb: roundHalfAway((so.thetaPpb * so.rounds + theta) / rounds),
      rounds,
    });
    known.set(keyOf({ chainId, index }), { chainId, index, score });
  }
  return [...known.values()];
};

/** As many folds as the task has aggregators; fewer where so many models are looked at that there is no time for them. */
export function foldCount(heldOut: number, aggregators: number, models: number): number {
  const most = Math.floor(MOST_EVALUATIONS / (models * LEAST_FOLD));
  return Math.max(1, Math.min(heldOut, aggregators, most));
}

/** How many samples each model of a round is looked at on. */
export function sampleCount(heldOut: number, folds: number, models: number): number {
  const share = Math.floor(MOST_EVALUATIONS / models);
  return Math.min(heldOut, Math.max(share, folds * LEAST_FOLD));
}

async function omegaOf(
  { terms, before }: ScoredRound,
  heldOut: number,
  folds: number,
  tools: Parameters<MechanismScores>[1],
): Promise<number> {
  const [known] = before;
  if (known !== undefined) return decodeScore(known.score).omegaPpb;
  const samples = drawn(heldOut, sampleCount(heldOut, folds, 1), [terms.specDigest, terms.initialModel]);
  const losses = await tools.losses({ global: terms.initialModel }, samples);
  return ppbOf(medianOf(foldMeans(losses, folds)), { least: 0, most: MOST_OMEGA });
}

/** So many of the held-out samples, in a seeded order. */
function drawn(heldOut: number, count: number, seed: readonly string[]): Uint32Array {
  const all = Uint32Array.from({ length: heldOut }, (_, i) => i);
  return shuffle(all, new SeededRandom(0, "trading samples", ...seed)).slice(0, count);
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
