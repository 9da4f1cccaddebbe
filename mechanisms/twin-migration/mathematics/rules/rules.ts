/**
 * Rules that need no learning. All but `cycle` and `random` act with the same continuous actions: `q` for vehicles, and
 * for servers constants or a clock that follows the load.
 */
import { drawAt, drawKey, STREAMS } from "../counterDraws.ts";
import { CANDIDATES, TIE } from "../world/Observer.ts";
import type { World } from "../world/World.ts";
import { CLASSES, type WorldActions } from "../world/WorldState.ts";

export const RULE_NAMES = [
  "cycle",
  "random",
  "stay",
  "nearest",
  "cloud",
  "greedy",
  "greedy-hysteresis",
] as const;
export type RuleName = (typeof RULE_NAMES)[number];

/** What a rule does, and with which numbers. */
export interface RuleParameters {
  readonly name: RuleName;
  /** Action of every vehicle: quality. */
  readonly q: number;
  /** `const`: the clock is `f`; `adapt`: it follows the load, so that a server is busy to the share `f`. */
  readonly server: "const" | "adapt";
  readonly f: number;
  /** Actions of servers: share of the band for access, admission. */
  readonly alpha: number;
  readonly adm: number;
  /** Bonus of staying, s. */
  readonly h: number;
  /** Over how long a migration is paid off, s. */
  readonly tau: number;
  /** What a cloud costs, s. */
  readonly cloud_penalty: number;
}

/** The tuned rule (66 draws on seeds 9000 ff., tried on others). */
export const TUNED_RULE: RuleParameters = {
  name: "greedy-hysteresis",
  q: 0.05,
  server: "const",
  f: 0.99,
  alpha: 0.97,
  adm: 0.69,
  h: 0.37,
  tau: 15.4,
  cloud_penalty: 0.06,
};

/** What being out of coverage costs who stays, s. */
const OUT_SECONDS = 0.5;
/** No migration is begun that is estimated to take more of the limit. */
const MOST_OF_LIMIT = 0.8;
/** `cycle`: who moves, and its continuous actions. */
const CYCLE = { every: 4, quality: 0.5, edge: [0.7, 0.5, 0.5], cloud: [0.6, 0.5] } as const;

/** Acts by a rule. The actions belong to it and hold until it acts again. */
export class Rule {
  readonly #parameters: RuleParameters;
  readonly #actions: { targets: Int32Array; quality: Float64Array; servers: Float64Array };

  constructor(parameters: RuleParameters, vehicles: number, servers: number) {
    this.#parameters = parameters;
    this.#actions = {
      targets: new Int32Array(vehicles),
      quality: new Float64Array(vehicles),
      servers: new Float64Array(3 * servers),
    };
  }

  act(world: World): WorldActions {
    const { name } = this.#parameters;
    if (name === "cycle") this.#cycle(world);
    else if (name === "random") this.#random(world);
    else {
      this.#setServers(world);
      this.#actions.quality.fill(this.#parameters.q);
      for (let v = 0; v < world.instance.vehicles; v++) {
        this.#actions.targets[v] = world.observer.candidates[v * CANDIDATES + this.#choose(world, v)]!;
      }
    }
    return this.#actions;
  }

  /** The candidate of vehicle v. */
  #choose(world: World, v: number): number {
    const { candidates } = world.observer;
    const at = v * CANDIDATES;
    switch (this.#parameters.name) {
      case "nearest":
        return candidates[at + 1]! >= 0 ? 1 : 0;
      case "cloud":
        return candidates[at + 4]! >= 0 && world.host[v]! < world.instance.edges ? 4 : 0;
      case "greedy":
      case "greedy-hysteresis":
        return this.#leastCost(world, v);
      default:
        return 0;
    }
  }

  #leastCost(world: World, v: number): number {
    const { instance, observer } = world;
    const { servers, edges } = instance;
    const { name, h, tau, cloud_penalty } = this.#parameters;
    const mostSeconds = MOST_OF_LIMIT * instance.parameters.migrationLimitSeconds;
    const plain = name === "greedy";
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < CANDIDATES; k++) {
      const m = observer.candidates[v * CANDIDATES + k]!;
      if (m < 0) continue;
      let cost = observer.serviceEstimate[v * servers + m]!;
      if (!plain) {
        if (m >= edges) cost += cloud_penalty;
        if (k === 0) cost += (world.overdue[v]! > 0 ? OUT_SECONDS : 0) - h;
        else {
          const migration = observer.migrationEstimate[v * servers + m]!;
          if (migration > mostSeconds) continue;
          cost += migration / tau;
        }
      }
      if (k > 0 && !(cost < least - TIE)) continue;
      best = k;
      least = cost;
    }
    return best;
  }

  #setServers(world: World): void {
    const { servers } = this.#actions;
    const { server, f, alpha, adm } = this.#parameters;
    for (let m = 0; m < world.instance.servers; m++) {
      servers[3 * m] = server === "const" ? f : adaptedClock(world, m, f);
      servers[3 * m + 1] = alpha;
      servers[3 * m + 2] = adm;
    }
  }

  #cycle(world: World): void {
    const { instance, observer, steps } = world;
    const { targets, quality, servers } = this.#actions;
    quality.fill(CYCLE.quality);
    for (let v = 0; v < instance.vehicles; v++) {
      const moves = (steps + v) % CYCLE.every === 0;
      targets[v] = moves ? observer.candidates[v * CANDIDATES + ((steps + v) % CANDIDATES)]! : -1;
    }
    for (let m = 0; m < instance.servers; m++) {
      const cloud = m >= instance.edges;
      servers[3 * m] = cloud ? CYCLE.cloud[0] : CYCLE.edge[0];
      servers[3 * m + 1] = CYCLE.edge[1];
      servers[3 * m + 2] = cloud ? CYCLE.cloud[1] : CYCLE.edge[2];
    }
  }

  #random(world: World): void {
    const { instance, observer, steps, seed } = world;
    const { targets, quality, servers } = this.#actions;
    const targetKey = drawKey(seed, STREAMS.ruleTarget, steps);
    const qualityKey = drawKey(seed, STREAMS.ruleQuality, steps);
    const edgeKey = drawKey(seed, STREAMS.ruleEdge, steps);
    const cloudKey = drawKey(seed, STREAMS.ruleCloud, steps);
    for (let v = 0; v < instance.vehicles; v++) {
      let largest = -1;
      for (let k = 0; k < CANDIDATES; k++) {
        const m = observer.candidates[v * CANDIDATES + k]!;
        if (m < 0) continue;
        const u = drawAt(targetKey, CANDIDATES * v + k);
        if (u <= largest) continue;
        largest = u;
        targets[v] = m;
      }
      quality[v] = drawAt(qualityKey, v);
    }
    for (let m = 0; m < instance.servers; m++) {
      const i = m - instance.edges;
      for (let k = 0; k < 3; k++) {
        if (i < 0) servers[3 * m + k] = drawAt(edgeKey, 3 * m + k);
        else if (k !== 1) servers[3 * m + k] = drawAt(cloudKey, 2 * i + (k === 0 ? 0 : 1));
      }
    }
  }
}

/** The clock action with which a server works to the share `busy` of its capacity. */
export function adaptedClock(world: World, m: number, busy: number): number {
  const { instance, observer } = world;
  const { stepSeconds } = instance.parameters;
  const cycles =
    (observer.hostedLoad[m]! + observer.incomingLoad[m]!) * stepSeconds +
    world.backlog[CLASSES * m]! +
    world.backlog[CLASSES * m + 1]!;
  const range = instance.greatestHz[m]! - instance.leastHz[m]!;
  const wanted = (cycles / (instance.cores[m]! * busy) - instance.leastHz[m]!) / range;
  // NaN where the clock has no range, or nothing is wanted of none.
  return wanted > 0 ? Math.min(wanted, 1) : 0;
}
