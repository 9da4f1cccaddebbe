import type { MigrationParameters } from "../mathematics/parameters.ts";
import { DEFAULT_PARAMETERS } from "../mathematics/parameters.ts";
import type { WorldSize } from "../mathematics/rules/episodes.ts";

/** Learners by name. */
export const LEARNER_NAMES = ["mo-maddpg", "maddpg", "madqn"] as const;
export type LearnerName = (typeof LEARNER_NAMES)[number];

/** How a policy is learned: all that its bits follow from. */
export interface PolicyOptions {
  readonly learner: LearnerName;
  readonly seed: number;
  readonly episodes: number;
  readonly size: WorldSize;
  /** Parameters of the world that were named; the others are the defaults. `game` is false for the paper's baselines. */
  readonly parameters: Partial<MigrationParameters>;
  /** Begin with the rule of least latency; MO-MADDPG only. */
  readonly warm: boolean;
  /** Whether encoders pass messages (the GCN), and whether there is a value for each objective; MO-MADDPG only. */
  readonly messages: boolean;
  readonly manyHeads: boolean;
  /** The paper's hyper-parameters instead of the reading's; MO-MADDPG only. */
  readonly paper: boolean;
}

/** Where learning is done unless told. */
export const TRAINING_SIZE: WorldSize = { vehicles: 20, edges: 4, clouds: 2 };

/** Episodes of a cold and of a warm run of MO-MADDPG, and of the baselines. */
const EPISODES: Readonly<Record<LearnerName, number>> = { "mo-maddpg": 60, maddpg: 250, madqn: 300 };
const WARM_EPISODES = 160;
const PAPER_EPISODES = 3000;

/** Whole options from some. The paper's baselines have no game unless told. */
export function policyOptions(given: Partial<PolicyOptions> & Pick<PolicyOptions, "seed">): PolicyOptions {
  const { learner = "mo-maddpg", warm = false, paper = false } = given;
  const usual = warm ? WARM_EPISODES : EPISODES[learner];
  return {
    learner,
    seed: given.seed,
    episodes: given.episodes ?? (paper ? PAPER_EPISODES : usual),
    size: given.size ?? TRAINING_SIZE,
    parameters: { ...(learner !== "mo-maddpg" && { game: false }), ...given.parameters },
    warm,
    messages: given.messages ?? true,
    manyHeads: given.manyHeads ?? true,
    paper,
  };
}

/** The parameters of the world that something is learned in. */
export function worldParameters({ parameters }: Pick<PolicyOptions, "parameters">): MigrationParameters {
  return { ...DEFAULT_PARAMETERS, ...parameters };
}
