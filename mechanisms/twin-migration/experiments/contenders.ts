import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import type { Policy } from "../mathematics/rules/episodes.ts";
import { findPlan, GENETIC, type GeneticParameters, planPolicy } from "../mathematics/rules/geneticPlan.ts";
import { Rule, type RuleName, type RuleParameters, TUNED_RULE } from "../mathematics/rules/rules.ts";
import { TUNING, type TuningParameters, tuneRule } from "../mathematics/rules/tuneRule.ts";
import type { World } from "../mathematics/world/World.ts";
import type { Scenario } from "./scenarios.ts";

/** Acts in a world. */
export interface Play {
  /** The policy of an episode, which begins after. */
  policy(seed: number): Policy;
  /** Gives back what it took to act. */
  dispose(): void;
}

/** Who can act in any world. */
export interface Player {
  /** Tells it from all others: what it does follows from that, the world and the code. */
  readonly key: string;
  in(world: World): Play;
}

/** Has nothing to give back. */
function plain(policy: (seed: number) => Policy): Play {
  return { policy, dispose: () => {} };
}

/** Who is compared with others. */
export interface Contender {
  readonly name: string;
  /** One for each independent training, tuning or search. */
  readonly runs: readonly Player[];
  /** Plays where no game sets prices and shares. */
  readonly withoutGame?: boolean;
}

/** A rule as a player. */
export function rulePlayer(parameters: RuleParameters): Player {
  return {
    key: JSON.stringify(parameters),
    in(world) {
      const { vehicles, servers } = world.instance;
      const rule = new Rule(parameters, vehicles, servers);
      return plain(() => (shown) => rule.act(shown));
    },
  };
}

/** A plan is tried on the future of an episode so far from its own. */
const OTHER_FUTURE = 10_000;

/** The paper's genetic algorithm: plans each episode anew, as one who does not know what will happen. */
export function geneticPlayer(run: number, parameters: GeneticParameters = GENETIC): Player {
  return {
    key: JSON.stringify({ geneticPlan: parameters, run }),
    in: (world) =>
      plain((seed) => {
        const random = new SeededRandom(run, "genetic plan", seed);
        const plan = findPlan(world, seed, seed + OTHER_FUTURE * run, random, parameters);
        return planPolicy(plan, world, parameters.segments);
      }),
  };
}

/** A rule as it was tuned. */
export interface Tuning {
  readonly seed: number;
  readonly rule: RuleParameters;
  /** Mean over the episodes that it was tuned on. */
  readonly reward: number;
}

/** Those of this process: figures share them. */
const tunings = new Map<string, Tuning>();

/** Tunes a rule where it is to act, on episodes that it is not compared on; the seed is that of the draws. */
export function tuneIn(
  scenario: Scenario,
  seed: number,
  name: RuleName = "greedy-hysteresis",
  tuning: Omit<TuningParameters, "name"> = TUNING,
): Tuning {
  const { draws, firstSeed, episodes } = tuning;
  const key = [scenario.id, seed, name, draws, firstSeed, episodes].join();
  const known = tunings.get(key);
  if (known !== undefined) return known;
  // As `migration` documents the rule of seed 1 on the grid.
  const found = tuneRule(scenario.world(true), new SeededRandom(seed, "tune"), { ...tuning, name });
  const made = { seed, ...found };
  tunings.set(key, made);
  return made;
}

/** Greedy with hysteresis, tuned where it acts: once a seed. */
export function tunedRule(
  scenario: Scenario,
  tuningsMade: number,
  tuning: Omit<TuningParameters, "name"> = TUNING,
): Contender {
  return {
    name: TUNED_NAME,
    runs: seedsTo(tuningsMade).map((seed) =>
      rulePlayer(tuneIn(scenario, seed, "greedy-hysteresis", tuning).rule),
    ),
  };
}

export const TUNED_NAME = "tuned rule";
export const GENETIC_NAME = "GA";

/** Greedy with hysteresis as the reading of the paper has it, tuned on the grid. */
export const READING_RULE: Contender = { name: "rule as read", runs: [rulePlayer(TUNED_RULE)] };

/** Rules without hysteresis: what they set for servers is tuned where they act, with one seed. */
export function simpleRules(
  scenario: Scenario,
  tuning: Omit<TuningParameters, "name"> = TUNING,
): Contender[] {
  const names: Readonly<Record<string, RuleName>> = {
    "myopic greedy": "greedy",
    nearest: "nearest",
    cloud: "cloud",
    stay: "stay",
  };
  return [
    ...Object.entries(names).map(([name, rule]) => ({
      name,
      runs: [rulePlayer(tuneIn(scenario, 1, rule, tuning).rule)],
    })),
    { name: "random", runs: [rulePlayer({ ...TUNED_RULE, name: "random" })] },
  ];
}

/** The paper's genetic algorithm. */
export function geneticPlan(runs = 1, parameters: GeneticParameters = GENETIC): Contender {
  return { name: GENETIC_NAME, runs: seedsTo(runs).map((run) => geneticPlayer(run, parameters)) };
}

/** 1, 2, … n. */
export function seedsTo(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index + 1);
}
