import { weighted, writeObjectives } from "../experience.ts";
import { OBJECTIVES, type WorldState } from "./WorldState.ts";

/** How much of reliability is kept in a step. */
const KEPT = 0.9;
/** What a server pays for a joule, $, and the share of its units to which its utility is referred. */
const JOULE_PRICE = 0.01;
const UNITS_REFERENCE = 0.2;
/** Bounds of a server's utility as an objective. */
const LEAST_UTILITY = -1;
const MOST_UTILITY = 2;
/** Which objective is the utility. */
const UTILITY = 1;

/** Parts 12 and 13 of a step: experience, utilities of servers, and what every agent is rewarded with. */
export function rewardAgents(world: WorldState): void {
  const { instance, scratch } = world;
  const { vehicles, servers, parameters: p } = instance;
  const { sum } = scratch;
  sum.fill(0);
  for (let v = 0; v < vehicles; v++) {
    const spoiled = world.failed[v] === 1 || world.rejected[v] === 1 || world.missed[v] === 1;
    const onTime = world.serviceSeconds[v]! <= p.serviceLimitSeconds && !spoiled;
    world.reliability[v] = KEPT * world.reliability[v]! + (onTime ? 1 - KEPT : 0);
    // The outage of a cold start.
    if (world.missed[v] === 1) world.serviceSeconds[v]! += p.migrationLimitSeconds;
    world.experience[v] = world.experienceOf.of(
      world.serviceSeconds[v]!,
      world.quality[v]!,
      world.reliability[v]!,
    );
    world.latency[v] = world.serviceSeconds[v]! + world.migrationSeconds[v]!;
    sum[scratch.hostBefore[v]!]! += scratch.serviceEnergy[v]!;
  }
  for (let m = 0; m < servers; m++) {
    const reference = UNITS_REFERENCE * instance.units[m]!;
    world.serverUtility[m] = (world.serverUtility[m]! - JOULE_PRICE * sum[m]!) / reference;
  }
  rewardVehicles(world);
  rewardServers(world);
  world.objective = weighted(p.objectiveWeights, world.components);
}

function rewardVehicles(world: WorldState): void {
  const { instance, rewards, components } = world;
  const { vehicles } = instance;
  components.fill(0);
  for (let v = 0; v < vehicles; v++) {
    const at = v * OBJECTIVES;
    writeObjectives(
      world.experience[v]!,
      world.utility[v]!,
      world.latency[v]!,
      world.energy[v]!,
      world.cost[v]!,
      instance.references,
      rewards,
      at,
    );
    for (let k = 0; k < OBJECTIVES; k++) components[k]! += rewards[at + k]!;
  }
  for (let k = 0; k < OBJECTIVES; k++) components[k]! /= vehicles;
}

/** A server's rewards: means over whom it hosted and whom it gave access to; who is both counts twice. */
function rewardServers(world: WorldState): void {
  const { instance, scratch, rewards, serverRewards, components } = world;
  const { vehicles, servers } = instance;
  const { hosted, hostBefore, accessBefore } = scratch;
  serverRewards.fill(0);
  hosted.fill(0);
  for (let v = 0; v < vehicles; v++) {
    const host = hostBefore[v]!;
    const access = accessBefore[v]!;
    hosted[host]!++;
    hosted[access]!++;
    for (let k = 0; k < OBJECTIVES; k++) {
      serverRewards[host * OBJECTIVES + k]! += rewards[v * OBJECTIVES + k]!;
      serverRewards[access * OBJECTIVES + k]! += rewards[v * OBJECTIVES + k]!;
    }
  }
  let utilities = 0;
  for (let m = 0; m < servers; m++) {
    const at = m * OBJECTIVES;
    if (hosted[m]! > 0) for (let k = 0; k < OBJECTIVES; k++) serverRewards[at + k]! /= hosted[m]!;
    const utility = boundedUtility(world.serverUtility[m]!);
    serverRewards[at + UTILITY] = utility;
    utilities += utility;
  }
  components[UTILITY] = (components[UTILITY]! + utilities / servers) / 2;
}

/** A server's utility as agents see it. */
export function boundedUtility(utility: number): number {
  return utility < LEAST_UTILITY ? LEAST_UTILITY : utility > MOST_UTILITY ? MOST_UTILITY : utility;
}
