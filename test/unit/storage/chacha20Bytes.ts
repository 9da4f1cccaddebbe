import { createCipheriv, hash } from "node:crypto";

/**
 * The test files of Kubo's `test/cli/cid_profiles_test.go`: the ChaCha20 key
 * stream under the sha-256 of a seed, nonce and counter zero.
 */
export function chacha20Bytes(length: number, seed: string): Uint8Array {
  const key = hash("sha256", seed, "buffer");
  return createCipheriv("chacha20", key, Buffer.alloc(16)).update(Buffer.alloc(length));
}
