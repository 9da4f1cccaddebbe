import { MODES, modeOf } from "../paths.ts";
import { BITS_PER_MEGABYTE, rateOf } from "../radio.ts";
import type { WorldState } from "./WorldState.ts";

/** Parts 4 and 5 of a step: which way each accepted request takes, and how bands are shared. */
export function shareBands(world: WorldState): void {
  const { instance, scratch } = world;
  const { vehicles, servers } = instance;
  const { host, access, accepted, mode } = world;
  countSharers(world);
  const { sharing } = scratch;
  // Ways see the counts from before, so that no request depends on another's.
  world.sharers.set(sharing);
  for (let v = 0; v < vehicles; v++) {
    mode[v] = MODES.none;
    if (accepted[v] === 0) continue;
    const target = scratch.target[v]!;
    mode[v] = wayOf(world, v, target);
    world.totals.attempts++;
    world.totals.modes[mode[v]! - 1]!++;
    if (mode[v] === MODES.directCloud) world.sharers[target]!++;
    if (mode[v] === MODES.relayed) world.sharers[bandOwner(world, v, target)]!++;
  }
  const { sum } = scratch;
  sum.fill(0);
  for (let v = 0; v < vehicles; v++) {
    sum[access[v]!]! += world.weight[v]! * (mode[v] === MODES.directEdge ? 2 : 1);
  }
  for (let v = 0; v < vehicles; v++) {
    const j = access[v]!;
    const hz = (world.accessShare[j]! * instance.bandwidthHz[j]! * world.weight[v]!) / sum[j]!;
    scratch.uplink[v] = rateOf(world.accessReceived(v), hz);
    // Transfers of migrations, with the shares that all of them leave.
    if (mode[v] === MODES.none) continue;
    const target = scratch.target[v]!;
    const live = instance.parameters.liveShare * world.megabytes[v]! * BITS_PER_MEGABYTE;
    if (mode[v] === MODES.directEdge) scratch.transferSeconds[v] = live / scratch.uplink[v]!;
    else if (mode[v] === MODES.directCloud) {
      const band = instance.bandwidthHz[target]! / world.sharers[target]!;
      scratch.transferSeconds[v] = live / rateOf(world.cloudReceived(v, target), band);
    } else {
      const owner = bandOwner(world, v, target);
      const band = backhaulHz(world, owner) / world.sharers[owner]!;
      const received = instance.backhaul[host[v]! * servers + target]!;
      scratch.transferSeconds[v] = (world.megabytes[v]! * BITS_PER_MEGABYTE) / rateOf(received, band);
    }
  }
}

/** Before anybody moves: twins at each cloud, vehicles that use each edge's backhaul, vehicles with access at each. */
function countSharers(world: WorldState): void {
  const { instance, scratch, host, access } = world;
  const { sharing, accessing } = scratch;
  sharing.fill(0);
  accessing.fill(0);
  for (let v = 0; v < instance.vehicles; v++) {
    accessing[access[v]!]!++;
    if (host[v]! >= instance.edges) sharing[host[v]!]!++;
    else if (host[v] !== access[v]) sharing[access[v]!]!++;
  }
}

/** The way of vehicle v to a server. */
function wayOf(world: WorldState, v: number, target: number): number {
  const { instance, scratch } = world;
  const toCloud = target >= instance.edges;
  if (!toCloud && target !== world.access[v]) return MODES.relayed;
  const D = world.megabytes[v]! * BITS_PER_MEGABYTE;
  const live = instance.parameters.liveShare * D;
  const owner = bandOwner(world, v, target);
  const received = instance.backhaul[world.host[v]! * instance.servers + target]!;
  const relay = D / rateOf(received, backhaulHz(world, owner) / (scratch.sharing[owner]! + 1));
  let direct: number;
  if (toCloud) {
    const band = instance.bandwidthHz[target]! / (scratch.sharing[target]! + 1);
    direct = live / rateOf(world.cloudReceived(v, target), band);
  } else {
    const band =
      (world.accessShare[target]! * instance.bandwidthHz[target]!) / (scratch.accessing[target]! + 1);
    direct = live / rateOf(world.accessReceived(v), band);
  }
  return modeOf(toCloud, direct, relay);
}

/** Whose band a relay from vehicle v's host takes: the target's if that is a cloud, else the host's. */
export function bandOwner(world: WorldState, v: number, target: number): number {
  return target >= world.instance.edges ? target : world.host[v]!;
}

/** What a server has for the backhaul, Hz: all of a cloud's band, what access leaves of an edge's. */
export function backhaulHz(world: WorldState, m: number): number {
  const { instance } = world;
  if (m >= instance.edges) return instance.bandwidthHz[m]!;
  return (1 - world.accessShare[m]!) * instance.bandwidthHz[m]!;
}
