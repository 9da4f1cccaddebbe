import { Signature } from "ethers";

/**
 * A signature in the one form that gateways take, as the same can be written in several; undefined when it is not the
 * validator's.
 *
 * @param signerOf - Recovers who signed; may throw.
 */
export function trueSignature(
  signature: string,
  validator: string,
  signerOf: (serialized: string) => string,
): string | undefined {
  try {
    const { serialized } = Signature.from(signature);
    return signerOf(serialized) === validator ? serialized : undefined;
  } catch {
    // Not a signature at all.
    return undefined;
  }
}
