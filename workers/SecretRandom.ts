import { type Cipheriv, createCipheriv } from "node:crypto";
import type { RandomSource } from "../numerics/RandomSource.ts";

/** Bytes of the stream that are made at a time. */
const CHUNK = 64 * 1024;

/**
 * Draws that nobody can foresee or repeat without the key: the key stream of
 * AES-256 in counter mode. (A `SeededRandom` has 32 bits of seed, which anybody
 * can try out.)
 *
 * @example
 * const random = new SecretRandom(await secretOf(signer, "Freshet randomness: …"));
 */
export class SecretRandom implements RandomSource {
  readonly #cipher: Cipheriv;
  #stream = Buffer.alloc(0);
  #used = 0;

  /** @param key - 32 bytes, for this one stream of draws only. */
  constructor(key: Uint8Array) {
    this.#cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  }

  uniform(): number {
    // 53 bits, all that a float64 in [0, 1) has in equal steps.
    const high = this.#word() >>> 5;
    return (high * 2 ** 26 + (this.#word() >>> 6)) * 2 ** -53;
  }

  integer(bound: number): number {
    // What would make some numbers likelier than others is drawn again.
    const fair = 2 ** 53 - (2 ** 53 % bound);
    for (;;) {
      const drawn = this.uniform() * 2 ** 53;
      if (drawn < fair) return drawn % bound;
    }
  }

  /** The next 32 bits. */
  #word(): number {
    if (this.#used === this.#stream.length) {
      this.#stream = this.#cipher.update(Buffer.alloc(CHUNK));
      this.#used = 0;
    }
    const word = this.#stream.readUInt32LE(this.#used);
    this.#used += 4;
    return word;
  }
}
