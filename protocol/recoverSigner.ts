import { getAddress, getBytes, keccak256, Signature, type SignatureLike } from "ethers";
import { recover } from "tiny-secp256k1";

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
