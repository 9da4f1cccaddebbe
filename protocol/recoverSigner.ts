import { getAddress, getBytes, keccak256, Signature, type SignatureLike } from "ethers";
import { recover } from "tiny-secp256k1";

/** Half of secp256k1's order: of the two forms of a signature the one counts whose s is not above it. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/**
 * The address whose key signed a digest. By libsecp256k1 (as WebAssembly), which does it several times as fast as ethers'
 * own: aggregators and auditors look at a signature of every update and message.
 *
 * @param digest - 32 bytes, hex.
 * @param signature - r, s and the parity, in any form that ethers reads; s may be any of the two forms.
 * @returns The checksummed address.
 * @throws when it is no signature of any key.
 */
export function recoverSigner(digest: string, signature: SignatureLike): string {
  const { r, s, yParity } = Signature.from(signature);
  const key = recover(getBytes(digest), Buffer.from(r.slice(2) + s.slice(2), "hex"), yParity, false);
  if (key === null) throw new TypeError("The signature is of no key.");
  // The first byte says how the point is written; an address is the end of the rest's hash.
  return getAddress(`0x${keccak256(key.subarray(1)).slice(-40)}`);
}

/**
 * As {@link recoverSigner}, where contracts look at the signature too: of its two forms only the one with the lower s
 * counts.
 *
 * @returns undefined when it is no such signature.
 */
export function lowSigner(digest: string, signature: SignatureLike): string | undefined {
  try {
    const parts = Signature.from(signature);
    return BigInt(parts.s) > HALF_ORDER ? undefined : recoverSigner(digest, parts);
  } catch {
    // Not every 64 bytes are a signature.
    return undefined;
  }
}
