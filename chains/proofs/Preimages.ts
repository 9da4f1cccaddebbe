import { keccak256 } from "ethers";

/** Bytes under their keccak-256: nodes of state tries and contracts' code. What is found under a hash is what it is of. */
export class Preimages {
  readonly #byHash = new Map<string, Uint8Array>();

  /** @returns The hash that it is now found under. */
  add(bytes: Uint8Array): string {
    const hash = keccak256(bytes);
    this.#byHash.set(hash, bytes);
    return hash;
  }

  get(hash: string): Uint8Array | undefined {
    return this.#byHash.get(hash);
  }

  /** All of them, by their hashes. */
  get all(): Uint8Array[] {
    return [...this.#byHash].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, bytes]) => bytes);
  }
}
