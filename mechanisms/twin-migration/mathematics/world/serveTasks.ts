import { cobhamWaits, MOST_LOAD, serveBacklog } from "../queue.ts";
import { BITS_PER_MEGABYTE, rateOf } from "../radio.ts";
import { backhaulHz } from "./shareBands.ts";
import { CLASSES, type WorldState } from "./WorldState.ts";

/** How much of an average is kept in a step. */
const KEPT = 0.7;

/** Parts 6 and 7 of a step: synchronizations are uploaded and relayed, tasks wait and are executed. */
export function serveTasks(world: WorldState): void {
  averageLoads(world);
  waitAtServers(world);
  const { instance, scratch, host, access } = world;
  const { vehicles, servers, edges, parameters } = instance;
  for (let v = 0; v < vehicles; v++) {
    const m = host[v]!;
    const bits = parameters.synchronizedShare * world.megabytes[v]! * BITS_PER_MEGABYTE * world.quality[v]!;
    world.uploadSeconds[v] = bits / scratch.uplink[v]!;
    let backhaul = 0;
    if (m !== access[v]) {
      const owner = m >= edges ? m : access[v]!;
      const received = instance.backhaul[access[v]! * servers + m]!;
      backhaul = bits / rateOf(received, backhaulHz(world, owner) / world.sharers[owner]!);
    }
    scratch.backhaulSeconds[v] = backhaul;
    world.relaySeconds[v] = backhaul + (m >= edges ? parameters.wideAreaSeconds : 0);
    world.queueSeconds[v] = world.waits[CLASSES * m + world.priority[v]!]!;
    world.executionSeconds[v] = (world.cycles[v]! * world.quality[v]!) / world.clock[m]!;
    world.serviceSeconds[v] =
      world.uploadSeconds[v]! + world.relaySeconds[v]! + world.queueSeconds[v]! + world.executionSeconds[v]!;
  }
  for (let m = 0; m < servers; m++) {
    for (let k = 0; k < CLASSES; k++) world.backlog[CLASSES * m + k]! += scratch.came[CLASSES * m + k]!;
    const capacity = world.capacity[m]!;
    const { stepSeconds, bufferSeconds } = parameters;
    const { done } = serveBacklog(
      world.backlog,
      CLASSES * m,
      CLASSES,
      capacity,
      stepSeconds,
      bufferSeconds,
      scratch.served,
    );
    world.used[m] = done / (capacity * stepSeconds);
  }
}

/** Part 7a: moving averages of arrivals and of tasks. */
function averageLoads(world: WorldState): void {
  const { instance, scratch, host, priority } = world;
  const { came, hosted, counts } = scratch;
  const { stepSeconds } = instance.parameters;
  came.fill(0);
  hosted.fill(0);
  counts.fill(0);
  for (let v = 0; v < instance.vehicles; v++) {
    const at = CLASSES * host[v]! + priority[v]!;
    came[at]! += world.cycles[v]! * world.quality[v]!;
    counts[at]!++;
    hosted[host[v]!]!++;
  }
  for (let m = 0; m < instance.servers; m++) {
    let cycles = 0;
    for (let k = CLASSES * m; k < CLASSES * (m + 1); k++) {
      world.arrivals[k] = KEPT * world.arrivals[k]! + ((1 - KEPT) * counts[k]!) / stepSeconds;
      cycles += came[k]!;
    }
    // Those who stand near by ask in the low class, for tasks of the size that the server is used to.
    const low = CLASSES * m + CLASSES - 1;
    const standingHz = instance.standingHz[m]!;
    world.arrivals[low]! += ((1 - KEPT) * standingHz) / world.meanTask[m]!;
    came[low]! += standingHz * stepSeconds;
    if (hosted[m]! > 0) world.meanTask[m] = KEPT * world.meanTask[m]! + ((1 - KEPT) * cycles) / hosted[m]!;
  }
}

/** Part 7b: waits of each class at each server, with the backlog that is before it. */
export function waitAtServers(world: WorldState): void {
  const { instance, waits, backlog } = world;
  for (let m = 0; m < instance.servers; m++) {
    const serviceRate = world.clock[m]! / world.meanTask[m]!;
    const at = CLASSES * m;
    cobhamWaits(world.arrivals, at, CLASSES, serviceRate, instance.cores[m]!, MOST_LOAD, waits);
    let before = 0;
    for (let k = at; k < at + CLASSES; k++) {
      before += backlog[k]!;
      waits[k]! += before / world.capacity[m]!;
    }
  }
}
