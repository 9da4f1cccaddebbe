/**
 * The market as one vehicle can know it, in the form in which learners see a world: the environment itself
 * (mathematics/world), advanced by a step each time that the vehicle looks, with what is public or the vehicle's own put in
 * place of what the environment would have drawn. So every feature is computed by the code that computed it in training.
 *
 * | what | from where |
 * | ---- | ---------- |
 * | own place, speed, heading, size, class, coverage | the vehicle's own |
 * | hosts, migrations under way, sizes of others' twins | main's events |
 * | θ | offers of the running epoch |
 * | others' places | estimated: half a coverage from their edge server; of a cloud's, round the edge servers in turn |
 * | others' class, tasks of all | estimated: the low class; the mean task |
 * | clock, access share, admission, quality of synchronizations | estimated: as the same policy would set them |
 * | queues, waits, bands, latency, energy, experience, utilities | the environment's step on all that |
 */
import { midPrice } from "../mathematics/game/responses.ts";
import type { Mobility } from "../mathematics/mobility/Mobility.ts";
import type { Site } from "../mathematics/mobility/Site.ts";
import type { MigrationParameters } from "../mathematics/parameters.ts";
import { CANDIDATES, PAIR_FEATURES } from "../mathematics/world/Observer.ts";
import { World } from "../mathematics/world/World.ts";

/** A twin of another vehicle: where it is, where it is going (−1: nowhere), and D, MB. */
export interface KnownTwin {
  readonly host: number;
  readonly goingTo: number;
  readonly megabytes: number;
}

/** What a vehicle knows at a step. Servers are places among the market's, edges first. */
export interface KnownMarket {
  readonly own: KnownTwin & {
    readonly x: number;
    readonly y: number;
    readonly priority: 0 | 1;
    /** Steps that it has been out of its host's coverage. */
    readonly overdue: number;
    /** A migration of its own has come to nothing since it looked last. */
    readonly spoiled: boolean;
  };
  /** Of more than there can be beside its own the first are taken. */
  readonly others: readonly KnownTwin[];
  /** θ by server, $/MB; undefined of who offers nothing. [M] */
  readonly theta: readonly (number | undefined)[];
}

/** What all do in a step, as the policy says. */
export interface ImaginedActions {
  readonly quality: ArrayLike<number>;
  readonly servers: ArrayLike<number>;
}

/** The vehicle itself among the vehicles of its world. */
const OWN = 0;
/** Nobody is taken to stay in a coverage for longer, s. */
const LONGEST_STAY_SECONDS = 60;
/** Share of the coverage radius that others are away from their server. */
const AWAY = 0.5;
/** What a step of failure takes from reliability (rewardAgents.ts). */
const SPOILED = 0.1;
/** A migration under way ends when the chain says so. */
const NEVER = 0x7fffffff;

/** Places that are told, not driven. */
class ToldPlaces implements Mobility {
  readonly site: Site;
  readonly longestStaySeconds = LONGEST_STAY_SECONDS;
  readonly snapshotSize = 0;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly headingX: Float64Array;
  readonly headingY: Float64Array;
  readonly speed: Float64Array;

  constructor(vehicles: number, site: Site) {
    this.site = site;
    this.x = new Float64Array(vehicles);
    this.y = new Float64Array(vehicles);
    this.headingX = new Float64Array(vehicles).fill(1);
    this.headingY = new Float64Array(vehicles);
    this.speed = new Float64Array(vehicles);
  }

  reset(): void {}
  advance(): void {}
  snapshot(): void {}
  restore(): void {}
}

/** A world whose tasks are the mean of all. */
class MeanWorld extends World {
  override drawTasks(): void {
    const { leastTaskCycles, greatestTaskCycles } = this.instance.parameters;
    this.cycles.fill((leastTaskCycles + greatestTaskCycles) / 2);
  }
}

/** See the head of this file. */
export class ImaginedWorld {
  readonly world: World;
  readonly #places: ToldPlaces;
  #lastSeconds: number | undefined;

  /** @param vehicles - How many there are, with its own. */
  constructor(vehicles: number, site: Site, parameters: MigrationParameters) {
    this.#places = new ToldPlaces(vehicles, site);
    this.world = new MeanWorld(this.#places, parameters);
  }

  /**
   * Looks: a step later than before, with what is known now.
   *
   * @param seconds - When it is, s from any beginning.
   * @param actions - What all did in the step that is over; of the first look nothing is needed.
   */
  look(known: KnownMarket, seconds: number, actions: ImaginedActions): void {
    const { world } = this;
    const first = this.#lastSeconds === undefined;
    this.#place(known, seconds);
    if (first) world.reset(0);
    else world.step({ ...actions, targets: new Int32Array(world.host.length).fill(-1) });
    this.#lastSeconds = seconds;
    this.#tell(OWN, known.own);
    world.priority[OWN] = known.own.priority;
    world.overdue[OWN] = known.own.overdue;
    if (known.own.spoiled) world.reliability[OWN] = Math.max(0, world.reliability[OWN]! - SPOILED);
    for (let v = 1; v < world.host.length; v++) {
      world.priority[v] = 1;
      const other = known.others[v - 1];
      if (other !== undefined) this.#tell(v, other);
    }
    const middle = midPrice(world.instance.parameters);
    for (let m = 0; m < world.instance.servers; m++) world.theta[m] = known.theta[m] ?? middle;
    world.observer.observe();
  }

  /** Leaves out candidates of the vehicle that it cannot choose; the first, which is to stay, it always can. */
  close(isOpen: (server: number) => boolean): void {
    const { candidates, pairs } = this.world.observer;
    for (let k = 1; k < CANDIDATES; k++) {
      const at = OWN * CANDIDATES + k;
      if (candidates[at]! < 0 || isOpen(candidates[at]!)) continue;
      candidates[at] = -1;
      pairs.fill(0, at * PAIR_FEATURES, (at + 1) * PAIR_FEATURES);
    }
  }

  /** The vehicle's candidates: its host, the access, the one ahead, another, two clouds; −1 for none. */
  get candidates(): Int32Array {
    return this.world.observer.candidates.subarray(OWN * CANDIDATES, (OWN + 1) * CANDIDATES);
  }

  #place({ own, others }: KnownMarket, seconds: number): void {
    const { world } = this;
    const { instance } = world;
    const { x, y, headingX, headingY, speed, site } = this.#places;
    if (this.#lastSeconds !== undefined && seconds > this.#lastSeconds) {
      const [dx, dy] = [own.x - x[OWN]!, own.y - y[OWN]!];
      const metres = Math.sqrt(dx * dx + dy * dy);
      speed[OWN] = metres / (seconds - this.#lastSeconds);
      // Who stands keeps its heading.
      if (metres > 0) [headingX[OWN], headingY[OWN]] = [dx / metres, dy / metres];
    }
    [x[OWN], y[OWN]] = [own.x, own.y];
    const away = AWAY * instance.parameters.coverageMetres;
    for (let v = 1; v < x.length; v++) {
      const host = others[v - 1]?.host ?? -1;
      // Round the edge servers in turn where it is not known, and round each of them: right, up, left, down.
      const j = host >= 0 && host < instance.edges ? host : v % instance.edges;
      const turn = Math.floor(v / instance.edges) % 4;
      const [dx, dy] = [
        (turn === 0 ? 1 : turn === 2 ? -1 : 0) * away,
        (turn === 1 ? 1 : turn === 3 ? -1 : 0) * away,
      ];
      x[v] = Math.min(Math.max(instance.x[j]! + dx, 0), site.widthMetres);
      y[v] = Math.min(Math.max(instance.y[j]! + dy, 0), site.heightMetres);
    }
  }

  #tell(v: number, { host, goingTo, megabytes }: KnownTwin): void {
    const { world } = this;
    if (host >= 0) world.host[v] = host;
    world.goingTo[v] = goingTo === world.host[v] ? -1 : goingTo;
    world.endsAt[v] = NEVER;
    // It neither fails nor succeeds here.
    world.pricePaid[v] = 0;
    world.megabytes[v] = megabytes;
    world.scale[v] = megabytes / (10 * world.instance.edgeScale);
  }
}
