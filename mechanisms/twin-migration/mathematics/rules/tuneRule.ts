import { portableExp } from "../../../../numerics/portableExp.ts";
import { portableLog } from "../../../../numerics/portableLog.ts";
import type { RandomSource } from "../../../../numerics/RandomSource.ts";
import type { World } from "../world/World.ts";
import { runBenchmark } from "./episodes.ts";
import { Rule, type RuleName, type RuleParameters, TUNED_RULE } from "./rules.ts";

/** Between which numbers a rule's are drawn; those of `tau` are drawn evenly in their logarithm. */
export const RULE_RANGES = {
  q: [0, 1],
  f: [0.3, 1],
  alpha: [0, 1],
  adm: [0, 1],
  h: [0, 1],
  tau: [2, 40],
  cloud_penalty: [-0.2, 0.3],
} as const;

/** How a rule is tuned. */
export interface TuningParameters {
  readonly name: RuleName;
  /** Rules that are drawn. */
  readonly draws: number;
  /** Seeds of the episodes that each is tried on. */
  readonly firstSeed: number;
  readonly episodes: number;
}

/** The reading's: 66 draws, on seeds from 9000 on, far from those that rules are compared on. */
export const TUNING: TuningParameters = {
  name: "greedy-hysteresis",
  draws: 66,
  firstSeed: 9000,
  episodes: 6,
};

/** A rule with its mean reward where it was tuned. */
export interface TunedRule {
  readonly rule: RuleParameters;
  readonly reward: number;
}

/**
 * Draws rules and keeps the one of the largest mean reward. Two thirds of the draws are anywhere in the ranges, the rest
 * near the best so far.
 */
export function tuneRule(world: World, random: RandomSource, tuning: TuningParameters = TUNING): TunedRule {
  const { draws, firstSeed, episodes } = tuning;
  let best: TunedRule | undefined;
  for (let draw = 0; draw < draws; draw++) {
    const near = best !== undefined && draw >= (2 * draws) / 3 ? best.rule : undefined;
    const rule = drawRule(random, tuning.name, near);
    const acting = new Rule(rule, world.instance.vehicles, world.instance.servers);
    const { reward } = runBenchmark(world, firstSeed, episodes, (shown) => acting.act(shown));
    if (best === undefined || reward > best.reward) best = { rule, reward };
  }
  return best!;
}

/** How far around a rule is looked, as a share of each range. */
const NEARBY = 0.15;

function drawRule(random: RandomSource, name: RuleName, near: RuleParameters | undefined): RuleParameters {
  const drawn: Record<string, number> = {};
  for (const [field, [low, high]] of Object.entries(RULE_RANGES)) {
    const logarithmic = field === "tau";
    const [from, to] = logarithmic ? [portableLog(low), portableLog(high)] : [low, high];
    const centre = near?.[field as keyof typeof RULE_RANGES];
    const u = random.uniform();
    const at =
      centre === undefined
        ? from + (to - from) * u
        : (logarithmic ? portableLog(centre) : centre) + (2 * u - 1) * NEARBY * (to - from);
    const within = Math.min(Math.max(at, from), to);
    drawn[field] = logarithmic ? portableExp(within) : within;
  }
  return { ...TUNED_RULE, ...drawn, name };
}
