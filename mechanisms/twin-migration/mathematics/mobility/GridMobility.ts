import { drawAt, drawKey, STREAMS } from "../counterDraws.ts";
import type { MigrationParameters } from "../parameters.ts";
import type { Mobility } from "./Mobility.ts";
import type { Site } from "./Site.ts";

/** Headings: 0 +x, 1 +y, 2 −x, 3 −y. */
const HEADING_X = [1, 0, -1, 0] as const;
const HEADING_Y = [0, 1, 0, -1] as const;
/** At a centre up to rounding. */
const AT_CENTRE = 1e-9;
/** Cloud servers stand so far above the map, m. */
const CLOUD_METRES = 500;
/** Speed changes by at most so much a step, m/s, either way. */
const JITTER = 1;
/** Edges nearer than so many cells are neighbours. */
const NEIGHBOUR_CELLS = 1.05;

/** Cells a side: nx ≥ ny, ny the largest divisor of J for which that is so. */
export function gridOf(edges: number): { columns: number; rows: number } {
  let rows = 1;
  for (let n = 1; n * n <= edges; n++) if (edges % n === 0) rows = n;
  return { columns: edges / rows, rows };
}

/** RSUs at the centres of cells, clouds above the map. */
export function gridSite(edges: number, clouds: number, cellMetres: number): Site {
  const { columns, rows } = gridOf(edges);
  const widthMetres = columns * cellMetres;
  const heightMetres = rows * cellMetres;
  return {
    widthMetres,
    heightMetres,
    edgeX: Float64Array.from({ length: edges }, (_, j) => ((j % columns) + 0.5) * cellMetres),
    edgeY: Float64Array.from({ length: edges }, (_, j) => (Math.floor(j / columns) + 0.5) * cellMetres),
    cloudX: Float64Array.from({ length: clouds }, (_, i) => (widthMetres * (i + 0.5)) / clouds),
    cloudY: new Float64Array(clouds).fill(heightMetres + CLOUD_METRES),
    neighbourMetres: NEIGHBOUR_CELLS * cellMetres,
  };
}

/**
 * Vehicles on the roads of a Manhattan grid, which are the lines through the centres of its cells. At a centre a vehicle
 * turns: towards a hotspot that moves at half time, or by chance. Who leaves the map is reflected.
 */
export class GridMobility implements Mobility {
  readonly site: Site;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly headingX: Float64Array;
  readonly headingY: Float64Array;
  readonly speed: Float64Array;
  readonly longestStaySeconds = Number.POSITIVE_INFINITY;
  readonly snapshotSize: number;
  /** 0 … 3. [V] */
  readonly direction: Int32Array;
  readonly columns: number;
  readonly rows: number;
  readonly #parameters: MigrationParameters;
  readonly #edges: number;
  #seed = 0;
  /** The step, its draw of a turn's kind, and where the hotspot is, while {@link advance} runs. */
  #towards = 0;
  #straight = 0;
  #hotColumn = 0;
  #hotRow = 0;

  /**
   * @param site - RSUs that stand elsewhere than at the centres, over whose box the roads are; as many cells as it takes.
   */
  constructor(vehicles: number, edges: number, clouds: number, parameters: MigrationParameters, site?: Site) {
    const { cellMetres } = parameters;
    this.#parameters = parameters;
    this.#edges = edges;
    if (site === undefined) {
      const { columns, rows } = gridOf(edges);
      this.columns = columns;
      this.rows = rows;
      this.site = gridSite(edges, clouds, cellMetres);
    } else {
      this.columns = Math.max(1, Math.ceil(site.widthMetres / cellMetres));
      this.rows = Math.max(1, Math.ceil(site.heightMetres / cellMetres));
      this.site = { ...site, widthMetres: this.columns * cellMetres, heightMetres: this.rows * cellMetres };
    }
    this.x = new Float64Array(vehicles);
    this.y = new Float64Array(vehicles);
    this.headingX = new Float64Array(vehicles);
    this.headingY = new Float64Array(vehicles);
    this.speed = new Float64Array(vehicles);
    this.direction = new Int32Array(vehicles);
    this.snapshotSize = 1 + 4 * vehicles;
  }

  reset(seed: number, future = seed): void {
    this.#seed = future;
    const { cellMetres, leastSpeed, greatestSpeed } = this.#parameters;
    const along = drawKey(seed, STREAMS.position, 0);
    const lanes = drawKey(seed, STREAMS.position, 1);
    const vertical = drawKey(seed, STREAMS.direction, 0);
    const senses = drawKey(seed, STREAMS.direction, 1);
    const speeds = drawKey(seed, STREAMS.speed, 0);
    for (let v = 0; v < this.x.length; v++) {
      const u = drawAt(along, v);
      const lane = drawAt(lanes, v);
      const positive = drawAt(senses, v) < 0.5;
      if (drawAt(vertical, v) < 0.5) {
        this.x[v] = (Math.floor(lane * this.columns) + 0.5) * cellMetres;
        this.y[v] = u * this.site.heightMetres;
        this.#head(v, positive ? 1 : 3);
      } else {
        this.x[v] = u * this.site.widthMetres;
        this.y[v] = (Math.floor(lane * this.rows) + 0.5) * cellMetres;
        this.#head(v, positive ? 0 : 2);
      }
      this.speed[v] = leastSpeed + (greatestSpeed - leastSpeed) * drawAt(speeds, v);
    }
  }

  advance(step: number): void {
    const { leastSpeed, greatestSpeed, episodeSteps, stepSeconds } = this.#parameters;
    const jitter = drawKey(this.#seed, STREAMS.jitter, step);
    this.#towards = drawKey(this.#seed, STREAMS.turns, 2 * step);
    this.#straight = drawKey(this.#seed, STREAMS.turns, 2 * step + 1);
    const half = step < Math.floor(episodeSteps / 2) ? 0 : 1;
    const hot = Math.floor(drawAt(drawKey(this.#seed, STREAMS.hotspot, half), 0) * this.#edges);
    const { cellMetres } = this.#parameters;
    this.#hotColumn = Math.min(Math.floor(this.site.edgeX[hot]! / cellMetres), this.columns - 1);
    this.#hotRow = Math.min(Math.floor(this.site.edgeY[hot]! / cellMetres), this.rows - 1);
    for (let v = 0; v < this.x.length; v++) {
      const speed = this.speed[v]! + 2 * JITTER * (drawAt(jitter, v) - 0.5);
      this.speed[v] = speed < leastSpeed ? leastSpeed : speed > greatestSpeed ? greatestSpeed : speed;
      this.#drive(v, this.speed[v]! * stepSeconds);
    }
  }

  #drive(v: number, metres: number): void {
    const { cellMetres } = this.#parameters;
    let left = metres;
    for (;;) {
      const direction = this.direction[v]!;
      const horizontal = direction % 2 === 0;
      const forwards = direction < 2;
      const at = horizontal ? this.x : this.y;
      const g = at[v]! / cellMetres - 0.5;
      const next = forwards ? Math.floor(g + AT_CENTRE) + 1 : Math.ceil(g - AT_CENTRE) - 1;
      const count = horizontal ? this.columns : this.rows;
      const centre = (next + 0.5) * cellMetres;
      const gap = Math.abs(centre - at[v]!);
      if (next >= 0 && next < count && gap <= left) {
        at[v] = centre;
        left -= gap;
        this.#turn(v);
        continue;
      }
      at[v] = at[v]! + (forwards ? left : -left);
      const end = horizontal ? this.site.widthMetres : this.site.heightMetres;
      if (at[v]! < 0) this.#reflect(v, at, -at[v]!, end);
      else if (at[v]! > end) this.#reflect(v, at, 2 * end - at[v]!, end);
      return;
    }
  }

  #reflect(v: number, at: Float64Array, position: number, end: number): void {
    // A step longer than the map ends at its border.
    at[v] = Math.min(Math.max(position, 0), end);
    this.#head(v, (this.direction[v]! + 2) % 4);
  }

  #turn(v: number): void {
    const { cellMetres, hotspotBias } = this.#parameters;
    const dx = this.#hotColumn - Math.round(this.x[v]! / cellMetres - 0.5);
    const dy = this.#hotRow - Math.round(this.y[v]! / cellMetres - 0.5);
    if (drawAt(this.#towards, v) < hotspotBias && (dx !== 0 || dy !== 0)) {
      if (Math.abs(dx) >= Math.abs(dy)) this.#head(v, dx > 0 ? 0 : 2);
      else this.#head(v, dy > 0 ? 1 : 3);
      return;
    }
    const u = drawAt(this.#straight, v);
    this.#head(v, (this.direction[v]! + (u < 0.5 ? 0 : u < 0.75 ? 1 : 3)) % 4);
  }

  #head(v: number, direction: number): void {
    this.direction[v] = direction;
    this.headingX[v] = HEADING_X[direction]!;
    this.headingY[v] = HEADING_Y[direction]!;
  }

  snapshot(into: Float64Array, at: number): void {
    const vehicles = this.x.length;
    into[at] = this.#seed;
    into.set(this.x, at + 1);
    into.set(this.y, at + 1 + vehicles);
    into.set(this.speed, at + 1 + 2 * vehicles);
    into.set(this.direction, at + 1 + 3 * vehicles);
  }

  restore(from: ArrayLike<number>, at: number): void {
    const vehicles = this.x.length;
    this.#seed = from[at]!;
    for (let v = 0; v < vehicles; v++) {
      this.x[v] = from[at + 1 + v]!;
      this.y[v] = from[at + 1 + vehicles + v]!;
      this.speed[v] = from[at + 1 + 2 * vehicles + v]!;
      this.#head(v, from[at + 1 + 3 * vehicles + v]!);
    }
  }
}
