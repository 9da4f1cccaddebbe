import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { RandomSource } from "./RandomSource.ts";

/**
 * A seeded random source (xoroshiro128+ of `pure-rand`). Named streams of one
 * seed do not depend on each other's draws, so adding a draw in one place
 * changes nothing elsewhere.
 *
 * @example
 * const random = new SeededRandom(7, "worker", 3, "round", 1);
 * random.uniform(); // the same number in every run
 */
export class SeededRandom implements RandomSource {
  readonly #generator;

  /**
   * @param seed - Any whole number; its low 32 bits are used.
   * @param stream - Names of the stream, hashed (FNV-1a) into the seed.
   */
  constructor(seed: number, ...stream: readonly (string | number)[]) {
    let hash = 0x811c9dc5 ^ (seed >>> 0);
    for (const name of stream) {
      for (const character of `/${name}`) {
        hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
      }
    }
    // Finalize as MurmurHash3 does: FNV-1a alone leaves neighbouring names close.
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    this.#generator = xoroshiro128plus((hash ^ (hash >>> 16)) | 0);
  }

  uniform(): number {
    return uniformFloat64(this.#generator);
  }

  integer(bound: number): number {
    return uniformInt(this.#generator, 0, bound - 1);
  }
}
