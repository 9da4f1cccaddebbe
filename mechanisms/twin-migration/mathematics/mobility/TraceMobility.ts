import { drawAt, drawKey, STREAMS } from "../counterDraws.ts";
import { MigrationError } from "../MigrationError.ts";
import type { Mobility } from "./Mobility.ts";
import type { Site } from "./Site.ts";
import { fillsWindow, type Track } from "./Track.ts";

/** Nobody is taken to stay in a coverage for longer: who stands would stay for ever, s. */
const LONGEST_STAY_SECONDS = 60;
/** A shorter way in a second is no movement: the heading is kept, m. */
const STANDING_METRES = 0.05;

/** What a trace is replayed with. */
export interface TraceMobilityParameters {
  readonly vehicles: number;
  readonly site: Site;
  /** In the site's coordinates. */
  readonly tracks: readonly Track[];
  /** Vehicles must be there for so many seconds: an episode's steps of a second. */
  readonly windowSeconds: number;
}

/**
 * Replays recorded vehicles. A seed chooses a window and, of the vehicles that are there throughout, those that have a
 * twin. Headings follow from displacements and are kept while a vehicle stands.
 */
export class TraceMobility implements Mobility {
  readonly site: Site;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly headingX: Float64Array;
  readonly headingY: Float64Array;
  readonly speed: Float64Array;
  readonly longestStaySeconds = LONGEST_STAY_SECONDS;
  readonly snapshotSize: number;
  /** First seconds of windows with enough vehicles, and how many each has. */
  readonly windows: readonly { readonly start: number; readonly present: number }[];
  readonly #tracks: readonly Track[];
  readonly #seconds: number;
  /** The track of each vehicle. */
  readonly #chosen: Int32Array;
  #start = 0;

  /** @throws MigrationError `DOMAIN` when no window has enough vehicles. */
  constructor({ vehicles, site, tracks, windowSeconds }: TraceMobilityParameters) {
    this.site = site;
    this.#tracks = tracks;
    this.#seconds = windowSeconds;
    this.x = new Float64Array(vehicles);
    this.y = new Float64Array(vehicles);
    this.headingX = new Float64Array(vehicles);
    this.headingY = new Float64Array(vehicles);
    this.speed = new Float64Array(vehicles);
    this.#chosen = new Int32Array(vehicles);
    this.snapshotSize = 1 + 6 * vehicles;
    const first = tracks.reduce(
      (least, track) => Math.min(least, track.firstSecond),
      Number.POSITIVE_INFINITY,
    );
    const last = tracks.reduce(
      (most, { firstSecond, x }) => Math.max(most, firstSecond + x.length - 1),
      first,
    );
    const windows = [];
    let most = 0;
    for (let start = first; start + windowSeconds <= last; start++) {
      const present = tracks.filter((track) => fillsWindow(track, start, windowSeconds)).length;
      most = Math.max(most, present);
      if (present >= vehicles) windows.push({ start, present });
    }
    if (windows.length === 0) {
      throw new MigrationError("DOMAIN", `no window of ${windowSeconds} s has ${vehicles} vehicles`, {
        details: `At most ${most} are there throughout.`,
        next: "Take fewer vehicles or shorter episodes.",
      });
    }
    this.windows = windows;
  }

  reset(seed: number): void {
    const vehicles = this.x.length;
    const key = drawKey(seed, STREAMS.window, 0);
    this.#start = this.windows[Math.floor(drawAt(key, 0) * this.windows.length)]!.start;
    const present = this.#tracks.flatMap((track, at) =>
      fillsWindow(track, this.#start, this.#seconds) ? [at] : [],
    );
    // Whom the seed draws, without putting anybody back.
    const picks = drawKey(seed, STREAMS.window, 1);
    for (let v = 0; v < vehicles; v++) {
      const other = v + Math.floor(drawAt(picks, v) * (present.length - v));
      const chosen = present[other]!;
      present[other] = present[v]!;
      this.#chosen[v] = chosen;
      this.#face(v, chosen);
      this.#place(v, 0);
    }
  }

  advance(step: number): void {
    for (let v = 0; v < this.x.length; v++) this.#place(v, step);
  }

  /** Before it moves for the first time, a vehicle faces where it will go. */
  #face(v: number, chosen: number): void {
    const { x, y, firstSecond } = this.#tracks[chosen]!;
    this.headingX[v] = 1;
    this.headingY[v] = 0;
    for (let at = this.#start - firstSecond; at + 1 < x.length; at++) {
      if (this.#turn(v, x[at + 1]! - x[at]!, y[at + 1]! - y[at]!) > 0) return;
    }
  }

  #place(v: number, step: number): void {
    const { x, y, firstSecond } = this.#tracks[this.#chosen[v]!]!;
    const at = Math.min(this.#start + step - firstSecond, x.length - 1);
    this.x[v] = x[at]!;
    this.y[v] = y[at]!;
    this.speed[v] = at === 0 ? 0 : this.#turn(v, x[at]! - x[at - 1]!, y[at]! - y[at - 1]!);
  }

  /** Heads for where a displacement goes. @returns The speed, m/s; 0 if it stands. */
  #turn(v: number, dx: number, dy: number): number {
    const metres = Math.sqrt(dx * dx + dy * dy);
    if (metres < STANDING_METRES) return 0;
    this.headingX[v] = dx / metres;
    this.headingY[v] = dy / metres;
    return metres;
  }

  snapshot(into: Float64Array, at: number): void {
    into[at] = this.#start;
    let to = at + 1;
    for (const array of this.#kept()) {
      into.set(array, to);
      to += array.length;
    }
  }

  restore(from: ArrayLike<number>, at: number): void {
    this.#start = from[at]!;
    let next = at + 1;
    for (const array of this.#kept()) for (let v = 0; v < array.length; v++) array[v] = from[next++]!;
  }

  #kept(): readonly (Float64Array | Int32Array)[] {
    return [this.#chosen, this.x, this.y, this.headingX, this.headingY, this.speed];
  }
}
