import type { RandomSource } from "../../numerics/RandomSource.ts";
import type { GraphAction, GraphEnvironment, GraphSizes } from "./environments/GraphEnvironment.ts";
import { serversOf } from "./environments/GraphEnvironment.ts";
import { type NamedNumbers, takeNumbers } from "./namedNumbers.ts";
import { observationSize, writeObservation } from "./networks/GraphBatch.ts";

/** Room at first; it doubles until there is all that the buffer may hold. */
const FIRST_MOMENTS = 1024;

/**
 * What happened, moment by moment, in one array: of each moment a row with the observation, what everybody did, and what
 * that gave. The row after it has what was seen then; an episode's last observation has a row of its own, which nothing
 * is done in. The oldest rows are overwritten.
 */
export class ReplayBuffer {
  readonly capacity: number;
  /** Numbers of a row, and where in it each part begins. */
  readonly width: number;
  readonly parts: {
    readonly chosen: number;
    readonly levels: number;
    readonly serverLevels: number;
    readonly userRewards: number;
    readonly serverRewards: number;
    readonly objective: number;
    /** 1 once something was done. */
    readonly done: number;
  };
  #rows: Float32Array;
  #count = 0;
  /** The newest row. */
  #newest = -1;

  /** @param capacity - Moments, ≥ 2. */
  constructor(sizes: GraphSizes, capacity: number) {
    const { users, serverLevels, objectives } = sizes;
    const servers = serversOf(sizes);
    let at = observationSize(sizes);
    const part = (size: number) => {
      at += size;
      return at - size;
    };
    this.capacity = capacity;
    this.parts = {
      chosen: part(users),
      levels: part(users),
      serverLevels: part(servers * serverLevels),
      userRewards: part(users * objectives),
      serverRewards: part(servers * objectives),
      objective: part(1),
      done: part(1),
    };
    this.width = at;
    this.#rows = new Float32Array(Math.min(capacity, FIRST_MOMENTS) * at);
  }

  /** All rows; row r begins at r · width. A new array whenever it has grown. */
  get rows(): Float32Array {
    return this.#rows;
  }

  /** Moments that are kept. */
  get count(): number {
    return this.#count;
  }

  /** Takes in what is seen now. */
  see(environment: GraphEnvironment): void {
    this.#newest = (this.#newest + 1) % this.capacity;
    this.#count = Math.max(this.#count, this.#newest + 1);
    if (this.#count * this.width > this.#rows.length) {
      const grown = new Float32Array(Math.min(2 * this.#rows.length, this.capacity * this.width));
      grown.set(this.#rows);
      this.#rows = grown;
    }
    const at = this.#newest * this.width;
    writeObservation(environment, this.#rows, at);
    this.#rows[at + this.parts.done] = 0;
  }

  /** Takes in what was done at what was seen last, and what it gave. */
  did({ chosen, levels, servers }: GraphAction, environment: GraphEnvironment): void {
    const at = this.#newest * this.width;
    const rows = this.#rows;
    rows.set(chosen, at + this.parts.chosen);
    rows.set(levels, at + this.parts.levels);
    rows.set(servers, at + this.parts.serverLevels);
    rows.set(environment.userRewards, at + this.parts.userRewards);
    rows.set(environment.serverRewards, at + this.parts.serverRewards);
    rows[at + this.parts.objective] = environment.objective;
    rows[at + this.parts.done] = 1;
  }

  /** Draws rows in which something was done, some perhaps twice; where each begins, and the row after it. */
  sample(random: RandomSource, places: Int32Array, nextPlaces: Int32Array): void {
    for (let index = 0; index < places.length; ) {
      const row = random.integer(this.#count);
      if (this.#rows[row * this.width + this.parts.done] !== 1) continue;
      places[index] = row * this.width;
      nextPlaces[index] = ((row + 1) % this.capacity) * this.width;
      index++;
    }
  }

  /** All that it holds, by name; for checkpoints. */
  snapshot(): NamedNumbers {
    return new Map<string, Float32Array | Float64Array>([
      ["rows", this.#rows.slice(0, this.#count * this.width)],
      ["places", Float64Array.of(this.#count, this.#newest)],
    ]);
  }

  /** Goes on from a snapshot of a buffer that was made alike. @throws BaseError `CHECKPOINT_OTHER`. */
  restore(snapshot: NamedNumbers): void {
    const [count, newest] = takeNumbers(snapshot, "places", 2) as unknown as [number, number];
    const rows = takeNumbers(snapshot, "rows", count * this.width);
    let length = this.#rows.length;
    while (length < rows.length) length = Math.min(2 * length, this.capacity * this.width);
    this.#rows = new Float32Array(length);
    this.#rows.set(rows);
    this.#count = count;
    this.#newest = newest;
  }
}
