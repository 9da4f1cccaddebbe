import { GridMobility } from "../mobility/GridMobility.ts";
import type { MigrationParameters } from "../parameters.ts";
import { successRate } from "../success.ts";
import { World } from "../world/World.ts";
import type { WorldActions } from "../world/WorldState.ts";

/** Who acts: shown the world, it says what all agents do. */
export type Policy = (world: World) => WorldActions;

/** What an episode gave; the names are those of answers of `migration solve`. */
export interface EpisodeReport {
  /** Sum of objectives. */
  reward: number;
  /** Mean over steps and vehicles of the service latency, s. */
  latency: number;
  /** Mean over attempts, s; null if there was none. */
  migration_latency: number | null;
  /** Mean over steps and vehicles, J. */
  energy: number;
  /** $ a vehicle. */
  cost: number;
  ux: number;
  /** Mean over steps of the second objective. */
  utility: number;
  /** Mean over steps of the share of all clocks that worked. */
  utilisation: number;
  msr: number | null;
  attempts: number;
  successes: number;
  missed: number;
  rejected: number;
  limits: number;
  server_failures: number;
  coverage: number;
  /** Attempts by way. */
  modes: number[];
}

/** Numbers of vehicles, edge servers and cloud servers. */
export interface WorldSize {
  readonly vehicles: number;
  readonly edges: number;
  readonly clouds: number;
}

/** A world on the reading's grid. */
export function gridWorld({ vehicles, edges, clouds }: WorldSize, parameters: MigrationParameters): World {
  return new World(new GridMobility(vehicles, edges, clouds, parameters), parameters);
}

/** A whole episode from reset. @param future - As {@link World.reset} takes it. */
export function runEpisode(world: World, seed: number, policy: Policy, future = seed): EpisodeReport {
  const { instance } = world;
  const { vehicles, servers, parameters } = instance;
  const sums = { reward: 0, latency: 0, energy: 0, cost: 0, ux: 0, utility: 0, utilisation: 0, migration: 0 };
  world.reset(seed, future);
  for (let t = 0; t < parameters.episodeSteps; t++) {
    world.step(policy(world));
    sums.reward += world.objective;
    sums.utility += world.components[1]!;
    for (let v = 0; v < vehicles; v++) {
      sums.latency += world.serviceSeconds[v]!;
      sums.energy += world.energy[v]!;
      sums.cost += world.cost[v]!;
      sums.ux += world.experience[v]!;
      sums.migration += world.migrationSeconds[v]!;
    }
    let worked = 0;
    let capacity = 0;
    for (let m = 0; m < servers; m++) {
      worked += world.used[m]! * world.capacity[m]!;
      capacity += world.capacity[m]!;
    }
    sums.utilisation += worked / capacity;
  }
  const { totals } = world;
  const steps = parameters.episodeSteps;
  return {
    reward: sums.reward,
    latency: sums.latency / steps / vehicles,
    migration_latency: totals.attempts === 0 ? null : sums.migration / totals.attempts,
    energy: sums.energy / steps / vehicles,
    cost: sums.cost / vehicles,
    ux: sums.ux / steps / vehicles,
    utility: sums.utility / steps,
    utilisation: sums.utilisation / steps,
    msr: successRate(totals.attempts, totals.successes, totals.missed),
    attempts: totals.attempts,
    successes: totals.successes,
    missed: totals.missed,
    rejected: totals.rejected,
    limits: totals.limits,
    server_failures: totals.serverFailures,
    coverage: totals.coverage,
    modes: [...totals.modes],
  };
}

/** Means over episodes; names as {@link EpisodeReport}'s. */
export interface BenchmarkReport {
  reward: number;
  /** Standard error of the mean reward. */
  reward_se: number;
  latency: number;
  energy: number;
  cost: number;
  ux: number;
  /** Over the episodes where it is defined; null if there is none. */
  msr: number | null;
}

/** Means over episodes of seeds `firstSeed` to `firstSeed + count − 1`; `count` is at least 2. */
export function runBenchmark(
  world: World,
  firstSeed: number,
  count: number,
  policy: Policy,
): BenchmarkReport {
  const reports = Array.from({ length: count }, (_, e) => runEpisode(world, firstSeed + e, policy));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const reward = mean(reports.map((report) => report.reward));
  const squares = reports.reduce((sum, report) => sum + (report.reward - reward) ** 2, 0);
  const rates = reports.flatMap(({ msr }) => (msr === null ? [] : [msr]));
  return {
    reward,
    reward_se: Math.sqrt(squares / (count - 1) / count),
    latency: mean(reports.map(({ latency }) => latency)),
    energy: mean(reports.map(({ energy }) => energy)),
    cost: mean(reports.map(({ cost }) => cost)),
    ux: mean(reports.map(({ ux }) => ux)),
    msr: rates.length === 0 ? null : mean(rates),
  };
}
