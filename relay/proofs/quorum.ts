import type { ValidatorSet } from "../../chains/clients/GatewayClient.ts";
import { signaturesOf } from "./signaturesOf.ts";

/** As many signatures as a set wants, in its order; undefined when there are fewer. */
export function quorum(
  signatures: Readonly<Record<string, string>>,
  set: ValidatorSet,
): string[] | undefined {
  const found = signaturesOf(signatures, set);
  return found.length < set.threshold ? undefined : found;
}
