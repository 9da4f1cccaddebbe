import { contracts as abis } from "../../protocol/contracts.ts";
import type { ChainPlace } from "./networkFile.ts";
import type { VerifierPlace } from "./verifiersOf.ts";

/** The verifier that a chain asks about another one's messages: it depends on what these are proven with. */
export function verifierOf({ contracts }: ChainPlace, origin: Pick<ChainPlace, "proofs">): VerifierPlace {
  // A network file without the second verifier is refused where it would be needed.
  return origin.proofs === "header"
    ? { contract: abis.HeaderVerifier, address: contracts.headerVerifier! }
    : { contract: abis.CheckpointVerifier, address: contracts.verifier };
}
