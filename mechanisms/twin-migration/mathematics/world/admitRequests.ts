import { admit } from "../admission.ts";
import type { WorldActions, WorldState } from "./WorldState.ts";

const EDGE_SHARE = { least: 0.4, range: 0.5 } as const;
const ADMISSION = { least: 0.6, range: 0.8 } as const;

/** Parts 1 and 2 of a step: what actions mean, and which requests are admitted. */
export function admitRequests(world: WorldState, actions: WorldActions): void {
  const { instance, scratch, host, goingTo } = world;
  const { vehicles, servers, edges, parameters } = instance;
  for (let v = 0; v < vehicles; v++) {
    world.quality[v] = parameters.leastQuality + (1 - parameters.leastQuality) * clipped(actions.quality[v]!);
    scratch.demand[v] = world.demandOf(v);
    const wanted = actions.targets[v]!;
    scratch.target[v] = wanted >= 0 && wanted !== host[v] && goingTo[v]! < 0 ? wanted : -1;
  }
  for (let m = 0; m < servers; m++) {
    const range = instance.greatestHz[m]! - instance.leastHz[m]!;
    world.clock[m] = instance.leastHz[m]! + range * clipped(actions.servers[3 * m]!);
    world.capacity[m] = instance.cores[m]! * world.clock[m]!;
    if (m < edges)
      world.accessShare[m] = EDGE_SHARE.least + EDGE_SHARE.range * clipped(actions.servers[3 * m + 1]!);
    world.admission[m] = ADMISSION.least + ADMISSION.range * clipped(actions.servers[3 * m + 2]!);
  }
  const { load } = scratch;
  load.set(instance.standingHz);
  for (let v = 0; v < vehicles; v++) {
    load[host[v]!]! += scratch.demand[v]!;
    if (goingTo[v]! >= 0) load[goingTo[v]!]! += scratch.demand[v]!;
  }
  admit(
    world.priority,
    scratch.target,
    scratch.demand,
    world.capacity,
    world.admission,
    load,
    world.accepted,
  );
  for (let v = 0; v < vehicles; v++) {
    const asked = scratch.target[v]! >= 0;
    world.rejected[v] = asked && world.accepted[v] === 0 ? 1 : 0;
    if (world.rejected[v] === 1) {
      world.totals.rejected++;
      scratch.target[v] = -1;
    }
    scratch.wouldBe[v] = world.accepted[v] === 1 ? scratch.target[v]! : host[v]!;
  }
}

function clipped(x: number): number {
  return x < 0 ? 0 : x > 1 ? 1 : x;
}
