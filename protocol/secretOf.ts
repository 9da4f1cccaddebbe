import { createHash } from "node:crypto";
import type { Signer } from "ethers";

/**
 * 32 bytes that only the owner of a key can compute: the hash of its signature of
 * what they are for. The same after a restart, because signatures are deterministic
 * (RFC 6979).
 *
 * @param purpose - Names the one use of these bytes: a text that nothing else has signed.
 */
export async function secretOf(signer: Signer, purpose: string): Promise<Buffer> {
  return createHash("sha256")
    .update(await signer.signMessage(purpose))
    .digest();
}
