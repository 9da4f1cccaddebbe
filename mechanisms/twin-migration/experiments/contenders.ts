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

/** Tunes a rule where it is to act, on episodes that it is not compared on; the seed is that of the draws. */
export function tuneIn(
  scenario: Scenario,
  seed: number,
  name: RuleName = "greedy-hysteresis",
  tuning: Omit<TuningParameters, "name"> = TUNING,
): Tuning {
  // As `migration` documents the rule of seed 1 on the grid.
  return { seed, ...tuneRule(scenario.world(true), new SeededRandom(seed, "tune"), { ...tuning, name }) };
}

/** Greedy with hysteresis, tuned where it acts: once a seed. */
export function tunedRule(tunings: readonly Tuning[]): Contender {
  return { name: TUNED_NAME, runs: tunings.map(({ rule }) => rulePlayer(rule)) };
}

export const TUNED_NAME = "tuned rule";
export const GENETIC_NAME = "GA";

/** Greedy with hysteresis as the reading of the paper has it, tuned on the grid. */
export const READING_RULE: Contender = { name: "rule as read", runs: [rulePlayer(TUNED_RULE)] };

/** Rules without hysteresis, by name: what they set for servers is tuned where they act, with one seed. */
const SIMPLE_RULES: Readonly<Record<string, RuleName>> = {
  "myopic greedy": "greedy",
  nearest: "nearest",
  cloud: "cloud",
  stay: "stay",
};

/** @param tune - Tunes a rule where it acts. */
export async function simpleRules(tune: (name: RuleName) => Promise<Tuning>): Promise<Contender[]> {
  const tuned: Contender[] = [];
  for (const [name, rule] of Object.entries(SIMPLE_RULES))
    tuned.push({ name, runs: [rulePlayer((await tune(rule)).rule)] });
  return [...tuned, { name: "random", runs: [rulePlayer({ ...TUNED_RULE, name: "random" })] }];
}

/** The paper's genetic algorithm. */
export function geneticPlan(runs = 1, parameters: GeneticParameters = GENETIC): Contender {
  return { name: GENETIC_NAME, runs: seedsTo(runs).map((run) => geneticPlayer(run, parameters)) };
}

/** 1, 2, … n. */
export function seedsTo(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index + 1);
}
