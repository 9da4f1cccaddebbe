import type { Site } from "./Site.ts";

/**
 * How vehicles move. Arrays belong to the mobility and are written in place.
 */
export interface Mobility {
  readonly site: Site;
  /** Positions, m. [V] */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Unit vectors of the headings. [V] */
  readonly headingX: Float64Array;
  readonly headingY: Float64Array;
  /** m/s. [V] */
  readonly speed: Float64Array;
  /** Nobody is taken to stay in a coverage for longer, s. */
  readonly longestStaySeconds: number;
  /** Puts vehicles where `seed` has them begin; where they go from there follows from `future`. */
  reset(seed: number, future: number): void;
  /** Goes on to step `step`, the number of steps done with this one. */
  advance(step: number): void;
  /** What the rest depends on, always as many numbers; for checkpoints. */
  snapshot(into: Float64Array, at: number): void;
  restore(from: ArrayLike<number>, at: number): void;
  /** Numbers of a snapshot. */
  readonly snapshotSize: number;
}
