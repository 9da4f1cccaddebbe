import { drawAt, drawKey, STREAMS } from "../counterDraws.ts";
import { MODES } from "../paths.ts";
import { lockSteps, serverHeld, withinLimits } from "../success.ts";
import { CLASSES, type WorldState } from "./WorldState.ts";

/** Parts 8 to 11 of a step: migrations begin, vehicles move on, migrations end, and what is out of coverage counts. */
export function moveTwins(world: WorldState): void {
  const { scratch } = world;
  scratch.hostBefore.set(world.host);
  scratch.accessBefore.set(world.access);
  world.failed.fill(0);
  world.succeeded.fill(0);
  world.missed.fill(0);
  beginMigrations(world);
  world.steps++;
  world.mobility.advance(world.steps);
  world.measure();
  world.drawTasks();
  endMigrations(world);
  watchCoverage(world);
}

/** Parts 8 and 9: latency, energy and price of what begins, energy of the service. */
function beginMigrations(world: WorldState): void {
  const { instance, scratch, host, mode } = world;
  const { parameters: p, edges } = instance;
  const failures = drawKey(world.seed, STREAMS.failure, world.steps);
  for (let v = 0; v < instance.vehicles; v++) {
    const m = host[v]!;
    const cycles = world.cycles[v]!;
    const serving = world.clock[m]!;
    const service =
      p.vehicleWatts * world.uploadSeconds[v]! +
      p.roadsideWatts * scratch.backhaulSeconds[v]! +
      instance.kappa[m]! * serving * serving * cycles * world.quality[v]!;
    scratch.serviceEnergy[v] = service;
    world.energy[v] = service;
    world.migrationSeconds[v] = 0;
    world.migrationPrice[v] = 0;
    if (mode[v] === MODES.none) continue;
    const target = scratch.target[v]!;
    const toCloud = target >= edges;
    const clock = world.clock[target]!;
    const transfer = scratch.transferSeconds[v]!;
    const wait = world.waits[CLASSES * target + world.priority[v]!]!;
    const seconds = transfer + wait + cycles / clock + (toCloud ? p.wideAreaSeconds : 0);
    const watts = mode[v] === MODES.relayed ? p.roadsideWatts : p.vehicleWatts;
    const joules = watts * transfer + instance.kappa[target]! * clock * clock * cycles;
    const price = world.theta[target]! * world.megabytes[v]!;
    const within = withinLimits(seconds, joules, price, instance.limits);
    world.brokeLimits[v] = within ? 0 : 1;
    world.serverFailed[v] = serverHeld(drawAt(failures, v), toCloud, instance.limits) ? 0 : 1;
    // Both are settled when it begins, whenever the episode ends.
    if (!within) world.totals.limits++;
    else if (world.serverFailed[v] === 1) world.totals.serverFailures++;
    world.migrationSeconds[v] = seconds;
    world.migrationPrice[v] = price;
    world.pricePaid[v] = price;
    world.energy[v] = service + joules;
    world.goingTo[v] = target;
    world.endsAt[v] = world.steps + lockSteps(seconds, p.migrationLimitSeconds, p.stepSeconds);
  }
}

/** Part 10: of what ends the good become hosts, the others are refunded. */
function endMigrations(world: WorldState): void {
  const { instance, totals, goingTo } = world;
  const { servers, edges, parameters } = instance;
  for (let v = 0; v < instance.vehicles; v++) {
    world.cost[v] = world.migrationPrice[v]!;
    const target = goingTo[v]!;
    if (target < 0 || world.endsAt[v]! > world.steps) continue;
    goingTo[v] = -1;
    const covered = target >= edges || world.metres[v * servers + target]! <= parameters.coverageMetres;
    if (world.brokeLimits[v] === 0 && world.serverFailed[v] === 0 && covered) {
      world.succeeded[v] = 1;
      world.host[v] = target;
      totals.successes++;
      continue;
    }
    world.failed[v] = 1;
    world.cost[v]! -= world.pricePaid[v]!;
    if (world.brokeLimits[v] === 0 && world.serverFailed[v] === 0) totals.coverage++;
  }
}

/** Part 11: a host out of coverage for too long is lost, and the twin starts cold where the vehicle is. */
function watchCoverage(world: WorldState): void {
  const { instance, overdue, host } = world;
  const { servers, edges, parameters } = instance;
  for (let v = 0; v < instance.vehicles; v++) {
    const m = host[v]!;
    const out =
      m < edges && world.metres[v * servers + m]! > parameters.coverageMetres && world.goingTo[v]! < 0;
    overdue[v] = out ? overdue[v]! + 1 : 0;
    if (overdue[v]! < parameters.graceSteps) continue;
    world.missed[v] = 1;
    world.totals.missed++;
    overdue[v] = 0;
    host[v] = world.access[v]!;
    world.cost[v]! += parameters.greatestRetail * world.megabytes[v]!;
  }
}
