/** Kinds `reset`, `mobility`, `observation`, `graph`, `step`, `trajectory`: the environment. */
import { row, rows } from "../../../solving/answers.ts";
import { between, type SpecReader, whole } from "../../../solving/SpecReader.ts";
import { MigrationError } from "../MigrationError.ts";
import type { GridMobility } from "../mobility/GridMobility.ts";
import { graphOf, normalized } from "../networks/graph.ts";
import { CANDIDATES, PAIR_FEATURES, SERVER_FEATURES, VEHICLE_FEATURES } from "../world/Observer.ts";
import type { World } from "../world/World.ts";
import { CLASSES, OBJECTIVES, type WorldActions } from "../world/WorldState.ts";
import { checkLengths } from "./checkLengths.ts";
import {
  checkWork,
  MOST,
  readRule,
  readSeed,
  readSteps,
  readWorld,
  readWorldAfter,
  ruleFor,
} from "./readWorld.ts";

const ANY_ACTION = between(-1e12, 1e12);

/** Kind `reset`: the instance, and the state at step 0. */
export function resetSpec(spec: SpecReader): Record<string, unknown> {
  const world = readWorld(spec);
  world.reset(readSeed(spec));
  const { instance, mobility } = world;
  const { servers, vehicles } = instance;
  const grid = mobility as GridMobility;
  const ofAccess = (values: Float64Array) =>
    Array.from({ length: vehicles }, (_, v) => values[v * servers + world.access[v]!]!);
  return {
    grid: [grid.columns, grid.rows],
    width: instance.site.widthMetres,
    height: instance.site.heightMetres,
    scale_edge: instance.edgeScale,
    scale_cloud: instance.cloudScale,
    B_edge: instance.bandwidthHz[0]!,
    B_cloud: instance.bandwidthHz[instance.edges]!,
    server_x: Array.from(instance.x),
    server_y: Array.from(instance.y),
    cores: Array.from(instance.cores),
    K: Array.from(instance.units),
    assoc: Array.from(instance.suppliers),
    x: Array.from(mobility.x),
    y: Array.from(mobility.y),
    dir: Array.from(grid.direction),
    speed: Array.from(mobility.speed),
    D: Array.from(world.megabytes),
    cls: Array.from(world.priority),
    omega: Array.from(world.cycles),
    access: Array.from(world.access),
    d_access: ofAccess(world.metres),
    t_exit: ofAccess(world.exitSeconds),
  };
}

/** Kind `mobility`: where vehicles are after `steps` steps; no rule changes that. */
export function mobilitySpec(spec: SpecReader): Record<string, unknown> {
  const world = readWorld(spec);
  const seed = readSeed(spec);
  const steps = readSteps(spec);
  checkWork(world, steps);
  const mobility = world.mobility as GridMobility;
  mobility.reset(seed);
  for (let step = 1; step <= steps; step++) mobility.advance(step);
  world.measure();
  return {
    x: Array.from(mobility.x),
    y: Array.from(mobility.y),
    dir: Array.from(mobility.direction),
    speed: Array.from(mobility.speed),
    access: Array.from(world.access),
  };
}

/** Kind `observation`: what agents see after `steps` steps. */
export function observationSpec(spec: SpecReader): Record<string, unknown> {
  const world = readWorldAfter(spec);
  const { observer, instance } = world;
  const pairs = rows(observer.pairs, PAIR_FEATURES);
  return {
    candidates: rows(observer.candidates, CANDIDATES),
    vehicles: rows(observer.vehicles, VEHICLE_FEATURES),
    servers: rows(observer.servers, SERVER_FEATURES),
    pairs: Array.from({ length: instance.vehicles }, (_, v) => row(pairs, v, CANDIDATES)),
    service_estimate: rows(observer.serviceEstimate, instance.servers),
    migration_estimate: rows(observer.migrationEstimate, instance.servers),
  };
}

/** Kind `graph`: who is next to whom after `steps` steps. */
export function graphSpec(spec: SpecReader): Record<string, unknown> {
  const world = readWorldAfter(spec);
  const nodes = world.instance.vehicles + world.instance.servers;
  const A = rows(graphOf(world), nodes);
  const sums = (matrix: readonly number[][]) => matrix.map((line) => line.reduce((a, b) => a + b, 0));
  return {
    A,
    degree: sums(A),
    A_hat_row_sums: sums(rows(normalized(graphOf(world), nodes), nodes)),
  };
}

/** Field `action` of kind `step`. */
function readAction(spec: SpecReader, world: World): () => WorldActions {
  const action = spec.inner("action");
  const { vehicles, edges, clouds, servers } = world.instance;
  if (action.has("candidate") === action.has("server")) {
    throw new MigrationError("PARAM", "give action.candidate or action.server, one of them");
  }
  const direct = action.has("server");
  const chosen = direct
    ? action.numbers("server", whole(-1, servers - 1))
    : action.numbers("candidate", whole(0, CANDIDATES - 1));
  const quality = action.numbers("q", ANY_ACTION);
  const edge = action.table("edge", 3, ANY_ACTION);
  const cloud = action.table("cloud", 2, ANY_ACTION);
  checkLengths([
    [direct ? "action.server" : "action.candidate", chosen.length, vehicles],
    ["action.q", quality.length, vehicles],
    ["action.edge", edge.length / 3, edges],
    ["action.cloud", cloud.length / 2, clouds],
  ]);
  return () => ({
    targets: direct ? chosen : chosen.map((k, v) => world.observer.candidates[v * CANDIDATES + k]!),
    quality,
    servers: Float64Array.from({ length: 3 * servers }, (_, at) =>
      at < 3 * edges ? edge[at]! : cloud[2 * (Math.floor(at / 3) - edges) + (at % 3 === 0 ? 0 : 1)]!,
    ),
  });
}

/** Kind `step`: everything about one step. */
export function stepSpec(spec: SpecReader): Record<string, unknown> {
  const world = readWorld(spec);
  const seed = readSeed(spec);
  const steps = readSteps(spec);
  const rule = ruleFor(world, readRule(spec));
  const action = readAction(spec, world);
  checkWork(world, steps + 1);
  world.reset(seed);
  for (let t = 0; t < steps; t++) world.step(rule.act(world));
  world.step(action());
  const flags = (values: Uint8Array) => Array.from(values, (value) => value === 1);
  return {
    accepted: flags(world.accepted),
    rejected: flags(world.rejected),
    mode: Array.from(world.mode),
    theta: Array.from(world.theta),
    wholesale: world.instance.parameters.game ? Array.from(world.wholesale) : null,
    beta: Array.from(world.bought),
    U: Array.from(world.utility),
    L_up: Array.from(world.uploadSeconds),
    L_rel: Array.from(world.relaySeconds),
    L_qu: Array.from(world.queueSeconds),
    L_ex: Array.from(world.executionSeconds),
    L_srv: Array.from(world.serviceSeconds),
    L_mig: Array.from(world.migrationSeconds),
    E: Array.from(world.energy),
    cost: Array.from(world.migrationPrice),
    C: Array.from(world.cost),
    succeeded: flags(world.succeeded),
    failed: flags(world.failed),
    missed: flags(world.missed),
    host: Array.from(world.host),
    migrating_to: Array.from(world.goingTo),
    R: Array.from(world.reliability),
    ux: Array.from(world.experience),
    used: Array.from(world.used),
    wait: rows(world.waits, CLASSES),
    backlog: rows(world.backlog, CLASSES),
    rewards: rows(world.rewards, OBJECTIVES),
    server_rewards: rows(world.serverRewards, OBJECTIVES),
    components: Array.from(world.components),
    objective: world.objective,
  };
}

/** Kind `trajectory`: a digest of each step under a rule. */
export function trajectorySpec(spec: SpecReader): Record<string, unknown> {
  const world = readWorld(spec);
  const seed = readSeed(spec);
  const steps = readSteps(spec);
  const rule = ruleFor(world, readRule(spec));
  checkWork(world, steps);
  if (steps * world.instance.vehicles > MOST.steps * 10) {
    throw new MigrationError("PARAM", "steps is too large for an answer");
  }
  world.reset(seed);
  return { steps: Array.from({ length: steps }, () => digestOfStep(world, rule.act(world))) };
}

function digestOfStep(world: World, actions: WorldActions): Record<string, unknown> {
  world.step(actions);
  const { observer, totals, instance } = world;
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  return {
    objective: world.objective,
    components: Array.from(world.components),
    latency: sum(world.serviceSeconds) / instance.vehicles,
    energy: sum(world.energy),
    cost: sum(world.migrationPrice),
    theta: Array.from(world.theta),
    host: Array.from(world.host),
    attempts: totals.attempts,
    successes: totals.successes,
    missed: totals.missed,
    modes: [...totals.modes],
    obs_sums: [sum(observer.vehicles), sum(observer.servers), sum(observer.pairs)],
    server_reward_sum: sum(world.serverRewards),
  };
}
