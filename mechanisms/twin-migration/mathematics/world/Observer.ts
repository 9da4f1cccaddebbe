import { BITS_PER_MEGABYTE, rateOf } from "../radio.ts";
import { boundedUtility } from "./rewardAgents.ts";
import { backhaulHz } from "./shareBands.ts";
import { CLASSES, type WorldState } from "./WorldState.ts";

/** Candidates of a vehicle: stay, access RSU, RSU ahead, best other RSU, two clouds. */
export const CANDIDATES = 6;
/** Features of a vehicle, a server, and a pair of a vehicle and a candidate. */
export const VEHICLE_FEATURES = 18;
export const SERVER_FEATURES = 14;
export const PAIR_FEATURES = 12;

/** A later candidate must be better by more than this: equal estimates differ by rounding. */
export const TIE = 1e-9;
/** How far ahead a vehicle looks, s, and how far away another RSU may be, m. */
const AHEAD_SECONDS = 10;
const OTHER_METRES = 600;
/** References of features. */
const REFERENCE_CYCLES = 1.6e9;
const REFERENCE_MEGABYTES = 50;
const REFERENCE_SPEED = 30;
const REFERENCE_PRICE = 0.4;
const PRICE_RANGE = 0.1;

/** Part 14 of a step: what agents see. Arrays are written in place. */
export class Observer {
  /** The server behind each candidate, −1 for none. [V · 6] */
  readonly candidates: Int32Array;
  /** [V · 18] */
  readonly vehicles: Float64Array;
  /** [M · 14] */
  readonly servers: Float64Array;
  /** [V · 6 · 12], zeros where there is no candidate. */
  readonly pairs: Float64Array;
  /** What a service and a migration would take, s. [V · M] */
  readonly serviceEstimate: Float64Array;
  readonly migrationEstimate: Float64Array;
  /** Demand of whom a server hosts, and of who is coming, cycles/s. [M] */
  readonly hostedLoad: Float64Array;
  readonly incomingLoad: Float64Array;
  readonly #world: WorldState;
  /** Seconds a bit over the backhaul from a server to another. [M · M] */
  readonly #perBit: Float64Array;
  readonly #accessing: Int32Array;
  readonly #hosting: Int32Array;
  readonly #sums: Float64Array;

  constructor(world: WorldState) {
    const { vehicles, servers } = world.instance;
    this.#world = world;
    this.candidates = new Int32Array(vehicles * CANDIDATES);
    this.vehicles = new Float64Array(vehicles * VEHICLE_FEATURES);
    this.servers = new Float64Array(servers * SERVER_FEATURES);
    this.pairs = new Float64Array(vehicles * CANDIDATES * PAIR_FEATURES);
    this.serviceEstimate = new Float64Array(vehicles * servers);
    this.migrationEstimate = new Float64Array(vehicles * servers);
    this.hostedLoad = new Float64Array(servers);
    this.incomingLoad = new Float64Array(servers);
    this.#perBit = new Float64Array(servers * servers);
    this.#accessing = new Int32Array(servers);
    this.#hosting = new Int32Array(servers);
    this.#sums = new Float64Array(3 * servers);
  }

  observe(): void {
    this.#count();
    this.#estimate();
    this.#choose();
    this.#describeServers();
    this.#describeVehicles();
    this.#describePairs();
  }

  #count(): void {
    const world = this.#world;
    const { vehicles } = world.instance;
    this.#accessing.fill(0);
    this.#hosting.fill(0);
    this.hostedLoad.set(world.instance.standingHz);
    this.incomingLoad.fill(0);
    for (let v = 0; v < vehicles; v++) {
      const demand = world.demandOf(v);
      this.#accessing[world.access[v]!]!++;
      this.#hosting[world.host[v]!]!++;
      this.hostedLoad[world.host[v]!]! += demand;
      if (world.goingTo[v]! >= 0) this.incomingLoad[world.goingTo[v]!]! += demand;
    }
  }

  /** Seconds a bit between servers, with one more on the band than there were. */
  #tabulate(): void {
    const world = this.#world;
    const { instance, sharers } = world;
    const { servers, edges } = instance;
    for (let a = 0; a < servers; a++) {
      const own = backhaulHz(world, a) / (sharers[a]! + 1);
      for (let m = 0; m < servers; m++) {
        if (m === a) continue;
        const hz = m >= edges ? backhaulHz(world, m) / (sharers[m]! + 1) : own;
        this.#perBit[a * servers + m] = 1 / rateOf(instance.backhaul[a * servers + m]!, hz);
      }
    }
  }

  #estimate(): void {
    this.#tabulate();
    const world = this.#world;
    const { instance, clock, waits, sharers } = world;
    const { vehicles, servers, edges, parameters: p } = instance;
    for (let v = 0; v < vehicles; v++) {
      const D = world.megabytes[v]! * BITS_PER_MEGABYTE;
      const q = world.quality[v]!;
      const bits = p.synchronizedShare * D * q;
      const live = p.liveShare * D;
      const access = world.access[v]!;
      const host = world.host[v]!;
      const cycles = world.cycles[v]!;
      const priority = world.priority[v]!;
      const upload = world.uploadSeconds[v]!;
      for (let m = 0; m < servers; m++) {
        const at = v * servers + m;
        const wide = m >= edges ? p.wideAreaSeconds : 0;
        const wait = waits[CLASSES * m + priority]!;
        const relay = m === access ? 0 : bits * this.#perBit[access * servers + m]! + wide;
        this.serviceEstimate[at] = upload + relay + wait + (cycles * q) / clock[m]!;
        if (m === host) {
          this.migrationEstimate[at] = 0;
          continue;
        }
        let transfer = D * this.#perBit[host * servers + m]!;
        let direct = Number.POSITIVE_INFINITY;
        if (m === access) {
          const hz = (world.accessShare[m]! * instance.bandwidthHz[m]!) / (this.#accessing[m]! + 1);
          direct = live / rateOf(world.accessReceived(v), hz);
        } else if (m >= edges) {
          direct = live / rateOf(world.cloudReceived(v, m), instance.bandwidthHz[m]! / (sharers[m]! + 1));
        }
        if (direct < transfer) transfer = direct;
        this.migrationEstimate[at] = transfer + wait + cycles / clock[m]! + wide;
      }
    }
  }

  #choose(): void {
    const world = this.#world;
    const { instance, mobility } = world;
    const { vehicles, servers, edges, site } = instance;
    for (let v = 0; v < vehicles; v++) {
      const at = v * CANDIDATES;
      const c = this.candidates;
      c[at] = world.host[v]!;
      for (let k = 1; k < CANDIDATES; k++) c[at + k] = -1;
      if (world.goingTo[v]! >= 0) continue;
      const access = world.access[v]!;
      const reach = AHEAD_SECONDS * mobility.speed[v]!;
      const ahead = this.#nearest(
        clip(mobility.x[v]! + reach * mobility.headingX[v]!, site.widthMetres),
        clip(mobility.y[v]! + reach * mobility.headingY[v]!, site.heightMetres),
      );
      let other = -1;
      for (let j = 0; j < edges; j++) {
        if (j === access || j === ahead || !(world.metres[v * servers + j]! < OTHER_METRES)) continue;
        if (other < 0 || this.#serves(v, j) < this.#serves(v, other) - TIE) other = j;
      }
      let first = -1;
      for (let m = edges; m < servers; m++) {
        if (first < 0 || this.#serves(v, m) < this.#serves(v, first) - TIE) first = m;
      }
      let second = -1;
      for (let m = edges; m < servers; m++) {
        if (m === first) continue;
        if (second < 0 || this.#serves(v, m) < this.#serves(v, second) - TIE) second = m;
      }
      c[at + 1] = access;
      c[at + 2] = ahead;
      c[at + 3] = other;
      c[at + 4] = first;
      c[at + 5] = second;
      for (let k = 1; k < CANDIDATES; k++) {
        for (let earlier = 0; earlier < k; earlier++) {
          if (c[at + k] === c[at + earlier]) c[at + k] = -1;
        }
      }
    }
  }

  #serves(v: number, m: number): number {
    return this.serviceEstimate[v * this.#world.instance.servers + m]!;
  }

  #nearest(x: number, y: number): number {
    const { instance } = this.#world;
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let j = 0; j < instance.edges; j++) {
      const dx = x - instance.x[j]!;
      const dy = y - instance.y[j]!;
      const distance = Math.sqrt(dx * dx + dy * dy);
      if (distance >= least) continue;
      least = distance;
      nearest = j;
    }
    return nearest;
  }

  #describeServers(): void {
    const world = this.#world;
    const { instance } = world;
    const { vehicles, servers, edges, clouds } = instance;
    const sums = this.#sums;
    sums.fill(0);
    for (let v = 0; v < vehicles; v++) {
      const upload = world.uploadSeconds[v]!;
      const latency = world.latency[v]!;
      sums[3 * world.access[v]!]! += upload < 4 ? upload : 4;
      sums[3 * world.host[v]! + 1]! += world.experience[v]!;
      sums[3 * world.host[v]! + 2]! += latency < 6 ? latency : 6;
    }
    for (let m = 0; m < servers; m++) {
      const at = m * SERVER_FEATURES;
      const f = this.servers;
      const cloud = m >= edges;
      const capacity = world.capacity[m]!;
      const range = instance.greatestHz[m]! - instance.leastHz[m]!;
      const waiting = (world.backlog[CLASSES * m]! + world.backlog[CLASSES * m + 1]!) / capacity;
      f[at] = cloud ? 1 : 0;
      f[at + 1] = least(this.hostedLoad[m]! / capacity, 2);
      f[at + 2] = least(this.incomingLoad[m]! / capacity, 2);
      f[at + 3] = least(waiting, 10) / 2;
      f[at + 4] = least(world.waits[CLASSES * m + 1]!, 6) / 2;
      f[at + 5] = range > 0 ? (world.clock[m]! - instance.leastHz[m]!) / range : 0;
      f[at + 6] = cloud ? 0 : world.accessShare[m]!;
      f[at + 7] = (world.theta[m]! - REFERENCE_PRICE) / PRICE_RANGE;
      f[at + 8] = world.sharers[m]! / (vehicles / (cloud ? clouds : edges));
      f[at + 9] = cloud ? 0 : this.#accessing[m]! / (vehicles / edges) / 2;
      f[at + 10] = cloud ? 0 : mean(sums[3 * m]!, this.#accessing[m]!);
      f[at + 11] = mean(sums[3 * m + 1]!, this.#hosting[m]!);
      f[at + 12] = mean(sums[3 * m + 2]!, this.#hosting[m]!) / 2;
      f[at + 13] = boundedUtility(world.serverUtility[m]!);
    }
  }

  #describeVehicles(): void {
    const world = this.#world;
    const { instance, mobility } = world;
    const { vehicles, servers, edges, site, parameters: p } = instance;
    for (let v = 0; v < vehicles; v++) {
      const at = v * VEHICLE_FEATURES;
      const f = this.vehicles;
      const host = world.host[v]!;
      const cloud = host >= edges;
      const speed = mobility.speed[v]!;
      f[at] = mobility.x[v]! / site.widthMetres;
      f[at + 1] = mobility.y[v]! / site.heightMetres;
      f[at + 2] = (speed * mobility.headingX[v]!) / REFERENCE_SPEED;
      f[at + 3] = (speed * mobility.headingY[v]!) / REFERENCE_SPEED;
      f[at + 4] = world.megabytes[v]! / (REFERENCE_MEGABYTES * instance.edgeScale);
      f[at + 5] = world.cycles[v]! / REFERENCE_CYCLES;
      f[at + 6] = world.priority[v] === 0 ? 1 : 0;
      f[at + 7] = cloud ? 1 : 0;
      f[at + 8] = cloud ? 0 : least(world.metres[v * servers + host]! / p.coverageMetres, 3);
      f[at + 9] = world.goingTo[v]! >= 0 ? 1 : 0;
      f[at + 10] = world.exitSeconds[v * servers + world.access[v]!]! / 30;
      f[at + 11] = least(world.overdue[v]!, 5) / 5;
      f[at + 12] = world.reliability[v]!;
      f[at + 13] = world.experience[v]!;
      f[at + 14] = least(world.latency[v]!, 6) / 2;
      f[at + 15] = world.energy[v]! / p.energyReference;
      f[at + 16] = world.cost[v]! / instance.references.costReference;
      f[at + 17] = world.utility[v]! / p.utilityReference;
    }
  }

  #describePairs(): void {
    const world = this.#world;
    const { instance, mobility } = world;
    const { vehicles, servers, edges, parameters: p } = instance;
    const f = this.pairs;
    f.fill(0);
    for (let v = 0; v < vehicles; v++) {
      for (let k = 0; k < CANDIDATES; k++) {
        const m = this.candidates[v * CANDIDATES + k]!;
        if (m < 0) continue;
        const at = (v * CANDIDATES + k) * PAIR_FEATURES;
        const pair = v * servers + m;
        const load = (this.hostedLoad[m]! + this.incomingLoad[m]!) / world.capacity[m]!;
        f[at] = 1;
        f[at + 3] = world.exitSeconds[pair]! / 30;
        f[at + 5] = least(this.serviceEstimate[pair]!, 6) / 2;
        f[at + 6] = least(this.migrationEstimate[pair]!, 12) / 6;
        f[at + 7] = least(load, 2);
        f[at + 8] = world.admission[m]! - load;
        f[at + 9] = (world.theta[m]! - REFERENCE_PRICE) / PRICE_RANGE;
        f[at + 10] = m === world.access[v] ? 1 : 0;
        if (m >= edges) {
          f[at + 1] = 1;
          continue;
        }
        const distance = world.metres[pair]!;
        const along =
          (mobility.x[v]! - instance.x[m]!) * mobility.headingX[v]! +
          (mobility.y[v]! - instance.y[m]!) * mobility.headingY[v]!;
        f[at + 2] = least(distance / p.coverageMetres, 3);
        f[at + 4] = -along / (distance > 1 ? distance : 1);
        f[at + 11] = distance <= p.coverageMetres ? 1 : 0;
      }
    }
  }
}

function least(x: number, most: number): number {
  return x < most ? x : most;
}

function clip(x: number, most: number): number {
  return x < 0 ? 0 : x > most ? most : x;
}

function mean(sum: number, count: number): number {
  return count > 0 ? sum / count : 0;
}
