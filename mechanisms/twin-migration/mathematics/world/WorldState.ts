/** What the environment knows of vehicles, twins and servers, and what the last step gave. */
import { drawAt, drawKey, STREAMS } from "../counterDraws.ts";
import { Experience } from "../experience.ts";
import { MigrationGame } from "../game/MigrationGame.ts";
import type { Mobility } from "../mobility/Mobility.ts";
import type { MigrationParameters } from "../parameters.ts";
import { receivedHz } from "../radio.ts";
import { Instance } from "./Instance.ts";

/** Objectives: UX, utility, latency, energy, cost. */
export const OBJECTIVES = 5;
/** Priorities of twins: 0 high, 1 low. */
export const CLASSES = 2;
/** Task cycles are drawn anew after so many steps. */
const STEPS_A_TASK = 10;
/** Nothing is out of a cloud's coverage: for so long, s. */
const CLOUD_STAY_SECONDS = 60;
/** What all agents do, as arrays that are read and not kept; real numbers are clipped to 0 … 1. */
export interface WorldActions {
  /** The server that each vehicle wants its twin on; below 0 or its host to stay. [V] */
  readonly targets: ArrayLike<number>;
  /** Quality of synchronizations: q = Q_min + (1 − Q_min) x. [V] */
  readonly quality: ArrayLike<number>;
  /** Clock, share of the band for access (unused by clouds), admission. [M · 3] */
  readonly servers: ArrayLike<number>;
}

/** Migrations of an episode so far. */
export interface Totals {
  attempts: number;
  successes: number;
  missed: number;
  /** Requests that were not admitted. */
  rejected: number;
  /** Failed by a limit; by the server and no limit; by coverage only. */
  limits: number;
  serverFailures: number;
  coverage: number;
  /** Attempts by way: direct to the RSU, direct to a cloud, relayed. */
  readonly modes: [number, number, number];
}

/**
 * State and outcome of the last step are public arrays that the parts of a step write in place; who is no part of it
 * reads them. Vehicles and servers are indices from 0, servers edges first.
 */
export class WorldState {
  readonly instance: Instance;
  readonly mobility: Mobility;
  readonly game: MigrationGame;
  readonly experienceOf: Experience;
  seed = 0;
  /** Steps done. */
  steps = 0;
  /** Of twins: size, MB; class; s_v = D/(10 c_e); what uploading all of it takes, bit. [V] */
  readonly megabytes: Float64Array;
  readonly priority: Uint8Array;
  readonly scale: Float64Array;
  /** Ω of the present task, cycles. [V] */
  readonly cycles: Float64Array;
  /** The RSU that gives access, and the server that hosts. [V] */
  readonly access: Int32Array;
  readonly host: Int32Array;
  /** Where the twin is migrating to, −1 if nowhere; when that ends; its price, $; whether limits or server failed it. [V] */
  readonly goingTo: Int32Array;
  readonly endsAt: Int32Array;
  readonly pricePaid: Float64Array;
  readonly brokeLimits: Uint8Array;
  readonly serverFailed: Uint8Array;
  /** Steps that the host has been out of coverage. [V] */
  readonly overdue: Int32Array;
  /** ℜ, q, UX. [V] */
  readonly reliability: Float64Array;
  readonly quality: Float64Array;
  readonly experience: Float64Array;
  /** Latency (service and migration, s), energy, J, cost, $, and utility per s_v of the last step. [V] */
  readonly latency: Float64Array;
  readonly energy: Float64Array;
  readonly cost: Float64Array;
  readonly utility: Float64Array;
  /** Parts of the service latency, s. [V] */
  readonly uploadSeconds: Float64Array;
  readonly relaySeconds: Float64Array;
  readonly queueSeconds: Float64Array;
  readonly executionSeconds: Float64Array;
  readonly serviceSeconds: Float64Array;
  /** Of migrations that began in the last step, s and $; 0 if none did. [V] */
  readonly migrationSeconds: Float64Array;
  readonly migrationPrice: Float64Array;
  /** What became of requests and migrations in the last step, 1 or 0; and the way that was taken. [V] */
  readonly accepted: Uint8Array;
  readonly rejected: Uint8Array;
  readonly succeeded: Uint8Array;
  readonly failed: Uint8Array;
  readonly missed: Uint8Array;
  readonly mode: Uint8Array;
  /** Distances to all servers, m, and how long until each one's coverage is left, s. [V · M] */
  readonly metres: Float64Array;
  readonly exitSeconds: Float64Array;
  /** Clock, Hz; share of the band for access; level of admission; s f, cycles/s. [M] */
  readonly clock: Float64Array;
  readonly accessShare: Float64Array;
  readonly admission: Float64Array;
  readonly capacity: Float64Array;
  /** Cycles that wait, λ, 1/s, and waits with the backlog, s, of each class. [M · 2] */
  readonly backlog: Float64Array;
  readonly arrivals: Float64Array;
  readonly waits: Float64Array;
  /** Ω-bar, cycles. [M] */
  readonly meanTask: Float64Array;
  /** Share of capacity that worked in the last step. [M] */
  readonly used: Float64Array;
  /** θ, $/MB, and utility over its reference. [M] */
  readonly theta: Float64Array;
  readonly serverUtility: Float64Array;
  /** w, $/unit, NaN without the game. [I] */
  readonly wholesale: Float64Array;
  /** β, and the weight of a vehicle's uplink. [V] */
  readonly bought: Float64Array;
  readonly weight: Float64Array;
  /** Users of a cloud's band, and of an edge's backhaul. [M] */
  readonly sharers: Int32Array;
  /** Five objectives of each vehicle, each server, and all. */
  readonly rewards: Float64Array;
  readonly serverRewards: Float64Array;
  readonly components = new Float64Array(OBJECTIVES);
  /** ω · components. */
  objective = 0;
  readonly totals: Totals = {
    attempts: 0,
    successes: 0,
    missed: 0,
    rejected: 0,
    limits: 0,
    serverFailures: 0,
    coverage: 0,
    modes: [0, 0, 0],
  };
  /** Numbers that parts of a step hand to each other. */
  readonly scratch: Scratch;

  constructor(mobility: Mobility, parameters: MigrationParameters) {
    const V = mobility.x.length;
    const instance = new Instance(V, mobility.site, parameters);
    const M = instance.servers;
    const floats = (size: number) => new Float64Array(size);
    this.instance = instance;
    this.mobility = mobility;
    this.game = new MigrationGame(V, {
      edges: instance.edges,
      clouds: instance.clouds,
      suppliers: instance.suppliers,
      capacity: instance.units,
      box: parameters,
    });
    this.experienceOf = new Experience(parameters);
    this.megabytes = floats(V);
    this.priority = new Uint8Array(V);
    this.scale = floats(V);
    this.cycles = floats(V);
    this.access = new Int32Array(V);
    this.host = new Int32Array(V);
    this.goingTo = new Int32Array(V);
    this.endsAt = new Int32Array(V);
    this.pricePaid = floats(V);
    this.brokeLimits = new Uint8Array(V);
    this.serverFailed = new Uint8Array(V);
    this.overdue = new Int32Array(V);
    this.reliability = floats(V);
    this.quality = floats(V);
    this.experience = floats(V);
    this.latency = floats(V);
    this.energy = floats(V);
    this.cost = floats(V);
    this.utility = floats(V);
    this.uploadSeconds = floats(V);
    this.relaySeconds = floats(V);
    this.queueSeconds = floats(V);
    this.executionSeconds = floats(V);
    this.serviceSeconds = floats(V);
    this.migrationSeconds = floats(V);
    this.migrationPrice = floats(V);
    this.accepted = new Uint8Array(V);
    this.rejected = new Uint8Array(V);
    this.succeeded = new Uint8Array(V);
    this.failed = new Uint8Array(V);
    this.missed = new Uint8Array(V);
    this.mode = new Uint8Array(V);
    this.metres = floats(V * M);
    this.exitSeconds = floats(V * M);
    this.clock = floats(M);
    this.accessShare = floats(M);
    this.admission = floats(M);
    this.capacity = floats(M);
    this.backlog = floats(CLASSES * M);
    this.arrivals = floats(CLASSES * M);
    this.waits = floats(CLASSES * M);
    this.meanTask = floats(M);
    this.used = floats(M);
    this.theta = floats(M);
    this.serverUtility = floats(M);
    this.wholesale = floats(instance.clouds);
    this.bought = floats(V);
    this.weight = floats(V);
    this.sharers = new Int32Array(M);
    this.rewards = floats(V * OBJECTIVES);
    this.serverRewards = floats(M * OBJECTIVES);
    this.scratch = new Scratch(V, M);
  }

  /** What a vehicle's task asks of its host, cycles/s. */
  demandOf(v: number): number {
    return (this.cycles[v]! * this.quality[v]!) / this.instance.parameters.stepSeconds;
  }

  /** Ω of the present step, drawn anew every tenth. */
  drawTasks(): void {
    if (this.steps % STEPS_A_TASK !== 0) return;
    const { leastTaskCycles, greatestTaskCycles } = this.instance.parameters;
    const key = drawKey(this.seed, STREAMS.cycles, this.steps / STEPS_A_TASK);
    for (let v = 0; v < this.cycles.length; v++) {
      this.cycles[v] = leastTaskCycles + (greatestTaskCycles - leastTaskCycles) * drawAt(key, v);
    }
  }

  /** Distances, times to the ends of coverages, and who gives access, from where vehicles are. */
  measure(): void {
    const { instance, mobility, metres, exitSeconds, access } = this;
    const { edges, servers, vehicles, x, y } = instance;
    const { coverageMetres } = instance.parameters;
    const square = coverageMetres * coverageMetres;
    const { longestStaySeconds } = mobility;
    for (let v = 0; v < vehicles; v++) {
      const vx = mobility.x[v]!;
      const vy = mobility.y[v]!;
      const hx = mobility.headingX[v]!;
      const hy = mobility.headingY[v]!;
      const speed = mobility.speed[v]!;
      let nearest = 0;
      let least = Number.POSITIVE_INFINITY;
      for (let m = 0; m < servers; m++) {
        const dx = vx - x[m]!;
        const dy = vy - y[m]!;
        const distance = Math.sqrt(dx * dx + dy * dy);
        const at = v * servers + m;
        metres[at] = distance;
        if (m >= edges) {
          exitSeconds[at] = CLOUD_STAY_SECONDS;
          continue;
        }
        if (distance < least) {
          least = distance;
          nearest = m;
        }
        if (distance > coverageMetres) {
          exitSeconds[at] = 0;
          continue;
        }
        const along = dx * hx + dy * hy;
        const inside = along * along - (dx * dx + dy * dy) + square;
        const way = Math.sqrt(inside > 0 ? inside : 0) - along;
        // Who stands stays for as long as anybody is taken to.
        exitSeconds[at] = way < speed * longestStaySeconds ? way / speed : longestStaySeconds;
      }
      access[v] = nearest;
    }
  }

  /** What link v2e gives vehicle v at the RSU of its access, over the density of noise, Hz. */
  accessReceived(v: number): number {
    const { instance } = this;
    return receivedHz(
      instance.roadside,
      instance.parameters.noiseWattsPerHz,
      this.metres[v * instance.servers + this.access[v]!]!,
    );
  }

  /** The same of link v2c and a cloud server. */
  cloudReceived(v: number, m: number): number {
    const { instance } = this;
    return receivedHz(
      instance.uplink,
      instance.parameters.noiseWattsPerHz,
      this.metres[v * instance.servers + m]!,
    );
  }

  /** Arrays that the rest of an episode depends on, or that say what the last step gave. */
  #kept(): readonly (Float64Array | Int32Array | Uint8Array)[] {
    return [
      this.megabytes,
      this.priority,
      this.scale,
      this.cycles,
      this.host,
      this.goingTo,
      this.endsAt,
      this.pricePaid,
      this.brokeLimits,
      this.serverFailed,
      this.overdue,
      this.reliability,
      this.quality,
      this.experience,
      this.latency,
      this.energy,
      this.cost,
      this.utility,
      this.uploadSeconds,
      this.clock,
      this.accessShare,
      this.admission,
      this.backlog,
      this.arrivals,
      this.waits,
      this.meanTask,
      this.theta,
      this.serverUtility,
      this.sharers,
    ];
  }

  /** Numbers of a snapshot. */
  get snapshotSize(): number {
    return this.#kept().reduce((sum, { length }) => sum + length, 12 + this.mobility.snapshotSize);
  }

  /** What the rest of the episode depends on. */
  snapshot(into = new Float64Array(this.snapshotSize)): Float64Array {
    const { totals } = this;
    into[0] = this.seed;
    into[1] = this.steps;
    into.set(
      [
        totals.attempts,
        totals.successes,
        totals.missed,
        totals.rejected,
        totals.limits,
        totals.serverFailures,
        totals.coverage,
      ],
      2,
    );
    into.set(totals.modes, 9);
    let at = 12;
    for (const array of this.#kept()) {
      into.set(array, at);
      at += array.length;
    }
    this.mobility.snapshot(into, at);
    return into;
  }

  /** Goes on from a snapshot of a world that was made alike. */
  restore(from: ArrayLike<number>): void {
    const { totals } = this;
    this.seed = from[0]!;
    this.steps = from[1]!;
    [totals.attempts, totals.successes, totals.missed, totals.rejected] = [
      from[2]!,
      from[3]!,
      from[4]!,
      from[5]!,
    ];
    [totals.limits, totals.serverFailures, totals.coverage] = [from[6]!, from[7]!, from[8]!];
    for (let k = 0; k < 3; k++) totals.modes[k] = from[9 + k]!;
    let at = 12;
    for (const array of this.#kept()) for (let i = 0; i < array.length; i++) array[i] = from[at++]!;
    this.mobility.restore(from, at);
    for (let m = 0; m < this.capacity.length; m++)
      this.capacity[m] = this.instance.cores[m]! * this.clock[m]!;
    this.measure();
  }
}

/** Arrays by which parts of a step hand numbers to each other. */
export class Scratch {
  /** Where each vehicle asked to go in this step, −1 for nowhere; and where it would be. [V] */
  readonly target: Int32Array;
  readonly wouldBe: Int32Array;
  readonly demand: Float64Array;
  readonly worth: Float64Array;
  /** Rate of the uplink, bit/s; seconds that a migration's transfer takes; relay without the wide area, s; energy of service and of the migration, J. [V] */
  readonly uplink: Float64Array;
  readonly backhaulSeconds: Float64Array;
  readonly transferSeconds: Float64Array;
  readonly serviceEnergy: Float64Array;
  /** Host and access while the step lasted. [V] */
  readonly hostBefore: Int32Array;
  readonly accessBefore: Int32Array;
  /** Load of each server, cycles/s; sums and counts of each. [M] */
  readonly load: Float64Array;
  readonly sum: Float64Array;
  readonly hosted: Int32Array;
  readonly accessing: Int32Array;
  /** Of each edge: vehicles with access there that are hosted at another edge. Of each cloud: twins hosted. [M] */
  readonly sharing: Int32Array;
  /** Cycles that came in, and twins that are hosted, by class. [M · 2] */
  readonly came: Float64Array;
  readonly counts: Int32Array;
  readonly served = { done: 0, dropped: 0 };

  constructor(vehicles: number, servers: number) {
    this.target = new Int32Array(vehicles);
    this.wouldBe = new Int32Array(vehicles);
    this.demand = new Float64Array(vehicles);
    this.worth = new Float64Array(vehicles);
    this.uplink = new Float64Array(vehicles);
    this.backhaulSeconds = new Float64Array(vehicles);
    this.transferSeconds = new Float64Array(vehicles);
    this.serviceEnergy = new Float64Array(vehicles);
    this.hostBefore = new Int32Array(vehicles);
    this.accessBefore = new Int32Array(vehicles);
    this.load = new Float64Array(servers);
    this.sum = new Float64Array(servers);
    this.hosted = new Int32Array(servers);
    this.accessing = new Int32Array(servers);
    this.sharing = new Int32Array(servers);
    this.came = new Float64Array(CLASSES * servers);
    this.counts = new Int32Array(CLASSES * servers);
  }
}
