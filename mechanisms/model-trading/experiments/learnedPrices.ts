import type { Engine } from "../../../learning/engine/Engine.ts";
import { PPO_DEFAULTS } from "../../../learning/reinforcement/learners/ppo.ts";
import type { PricingMarket } from "../pricing/PricingEnvironment.ts";
import {
  ENVIRONMENTS,
  type PricingLearner,
  PricingTrial,
  pricingLearner,
} from "../pricing/pricingLearner.ts";

/** The channels of trials are drawn from it; learners draw theirs from their own seeds. */
export const TRIAL_SEED = 9000;
/** Stages that pass before a trial counts, for what an agent sees to settle. */
const SETTLING = 8;

/** What was set and earned in a trial: means over its stages. */
export interface Outcome {
  /** p_mn, currency/IoM. [M·N] */
  readonly prices: Float64Array;
  /** Ψ_n, currency. [N] */
  readonly utilities: Float64Array;
  /** Φ_m, currency. [M] */
  readonly userUtilities: Float64Array;
}

/** A learner on its way. */
export interface Checkpoint extends Outcome {
  /** Steps of environments so far. */
  readonly steps: number;
}

/** A run of a learner. */
export interface LearningRun {
  readonly checkpoints: readonly Checkpoint[];
  /** Of acting and learning, without the trials. */
  readonly seconds: number;
}

/** How long a learner learns, and how it is tried out. */
export interface RunOptions {
  readonly seed: number;
  /** Steps at most; whole updates are made. */
  readonly steps: number;
  /** Updates from one trial to the next. */
  readonly every: number;
  /** Stages of a trial that count: 1 where channels stay as they are. */
  readonly stages: number;
}

/** Learns prices in a market; tries them out, without exploring, in one that has other channels. */
export function learnPrices(
  engine: Engine,
  name: PricingLearner,
  market: PricingMarket,
  { seed, steps, every, stages }: RunOptions,
): LearningRun {
  const learner = pricingLearner(engine, name, market, { seed });
  const checkpoints: Checkpoint[] = [];
  let seconds = 0;
  try {
    while (learner.steps + PPO_DEFAULTS.bufferSize <= steps) {
      const begin = performance.now();
      for (let update = 0; update < every; update++) learner.learn();
      seconds += (performance.now() - begin) / 1000;
      const outcome = tryOut(market, stages, (trial) => trial.stage(learner));
      checkpoints.push({ ...outcome, steps: learner.steps });
    }
  } finally {
    learner.dispose();
  }
  return { checkpoints, seconds };
}

/** Means over the stages of a trial. All trials of a market have the same channels. */
export function tryOut(
  market: PricingMarket,
  stages: number,
  stage: (trial: PricingTrial) => { prices: Float64Array; utilities: Float64Array },
): Outcome {
  const { users, providers } = market.game;
  const trial = new PricingTrial(market, TRIAL_SEED);
  for (let passing = 0; passing < SETTLING; passing++) stage(trial);
  const means = {
    prices: new Float64Array(users * providers),
    utilities: new Float64Array(providers),
    userUtilities: new Float64Array(users),
  };
  for (let counted = 0; counted < stages; counted++) {
    const found = { ...stage(trial), userUtilities: trial.market.userUtilities };
    for (const quantity of ["prices", "utilities", "userUtilities"] as const) {
      const sums = means[quantity];
      for (let at = 0; at < sums.length; at++) sums[at]! += found[quantity][at]! / stages;
    }
  }
  return means;
}

/** What every figure of a learner says of it, as its JSON has it. */
export const LEARNER_PARAMETERS = { ...PPO_DEFAULTS, environments: ENVIRONMENTS };
/** The same, as what the paper leaves open. */
export const LEARNER_INFERRED = [
  "all of PPO's settings: 5-32-32-5 actor and 5-32-32-1 critic an MSP, 16 environments, buffer 256, 4 epochs, minibatch 128, clip 0.2, rate 3e-3, gradient norm 5, log σ = −0.7 at first",
  "γ = 0: what is earned later does not depend on prices now, whether channels fade or not",
  "p = p_min + (p_max − p_min)·sigmoid(z), [p_min, p_max] = [0.02, 2]",
];

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Mean and sample standard deviation. */
export function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number } {
  const mean = sum(values) / values.length;
  const squares = sum(values.map((value) => (value - mean) * (value - mean)));
  return { mean, deviation: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}
