import type { Engine } from "../../../learning/engine/Engine.ts";
import { emptyAction } from "../../../learning/reinforcement/environments/GraphEnvironment.ts";
import { type EpisodeReport, type Policy, runEpisode } from "../mathematics/rules/episodes.ts";
import { Rule, type RuleParameters } from "../mathematics/rules/rules.ts";
import type { World } from "../mathematics/world/World.ts";
import { OBJECTIVES } from "../mathematics/world/WorldState.ts";
import { MigrationGraph } from "./MigrationGraph.ts";
import { migrationPolicy } from "./migrationLearner.ts";
import type { TrainedPolicy } from "./PolicyTraining.ts";

/** Seeds that nothing is learned, tuned or chosen on. */
export const HELD_OUT_SEEDS: readonly number[] = Array.from({ length: 40 }, (_, e) => 9400 + e);

/** An episode that a policy was tried in. */
export interface TriedEpisode extends EpisodeReport {
  readonly seed: number;
  /** Means over steps of the five objectives: experience, utility, latency, energy, cost. */
  readonly components: readonly number[];
}

/** Means over episodes, of what is defined in each; and the standard error of the mean reward. */
export interface PolicyMeans {
  readonly reward: number;
  readonly rewardError: number;
  readonly components: readonly number[];
  readonly latency: number;
  readonly migrationLatency: number | null;
  readonly energy: number;
  readonly cost: number;
  readonly experience: number;
  readonly utility: number;
  readonly utilisation: number;
  /** Null where no episode had a migration. */
  readonly successRate: number | null;
  readonly attempts: number;
  readonly missed: number;
}

/** What a policy gave. */
export interface PolicyTrial {
  readonly means: PolicyMeans;
  readonly episodes: readonly TriedEpisode[];
}

/** Acts in a world by a rule. */
export function rulePolicy(world: World, rule: RuleParameters): Policy {
  const { vehicles, servers } = world.instance;
  const acting = new Rule(rule, vehicles, servers);
  return (shown) => acting.act(shown);
}

/**
 * Has a policy act in a world, of any size and with any mobility, in episodes of these seeds.
 *
 * @param who - A trained policy, or a rule.
 * @param each - Told of every step that was done, for who draws maps.
 */
export function evaluatePolicy(
  engine: Engine,
  who: TrainedPolicy | RuleParameters,
  world: World,
  seeds: readonly number[] = HELD_OUT_SEEDS,
  each: (world: World) => void = () => {},
): PolicyTrial {
  if (!("parameters" in who)) return tryPolicy(world, seeds, rulePolicy(world, who), each);
  const graph = new MigrationGraph(world);
  const policy = migrationPolicy(engine, graph, who.options, who.parameters);
  const action = emptyAction(graph.sizes);
  try {
    return tryPolicy(
      world,
      seeds,
      () => {
        policy.act(graph, action);
        return graph.worldActions(action);
      },
      each,
    );
  } finally {
    policy.dispose();
  }
}

/** Has any policy act in episodes of these seeds. */
export function tryPolicy(
  world: World,
  seeds: readonly number[],
  policy: Policy,
  each: (world: World) => void = () => {},
): PolicyTrial {
  const episodes = seeds.map((seed) => {
    const sums = new Float64Array(OBJECTIVES);
    const add = () => {
      // Nothing was done before the first step.
      if (world.steps === 0) return;
      for (let k = 0; k < OBJECTIVES; k++) sums[k]! += world.components[k]!;
      each(world);
    };
    const report = runEpisode(world, seed, (shown) => {
      add();
      return policy(shown);
    });
    add();
    return { seed, ...report, components: Array.from(sums, (sum) => sum / world.steps) };
  });
  return { means: meansOf(episodes), episodes };
}

function meansOf(episodes: readonly TriedEpisode[]): PolicyMeans {
  const over = (of: (episode: TriedEpisode) => number | null): number | null => {
    const values = episodes.map(of).filter((value) => value !== null);
    return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
  };
  const mean = (of: (episode: TriedEpisode) => number) => over(of)!;
  const reward = mean((episode) => episode.reward);
  const squares = episodes.reduce((sum, episode) => sum + (episode.reward - reward) ** 2, 0);
  const count = episodes.length;
  return {
    reward,
    rewardError: count < 2 ? 0 : Math.sqrt(squares / (count - 1) / count),
    components: Array.from({ length: OBJECTIVES }, (_, k) => mean(({ components }) => components[k]!)),
    latency: mean(({ latency }) => latency),
    migrationLatency: over(({ migration_latency }) => migration_latency),
    energy: mean(({ energy }) => energy),
    cost: mean(({ cost }) => cost),
    experience: mean(({ ux }) => ux),
    utility: mean(({ utility }) => utility),
    utilisation: mean(({ utilisation }) => utilisation),
    successRate: over(({ msr }) => msr),
    attempts: mean(({ attempts }) => attempts),
    missed: mean(({ missed }) => missed),
  };
}
