import { contracts as abis } from "../../protocol/contracts.ts";
import { PROOF_KINDS } from "../proofs/proofKinds.ts";
import type { ChainPlace } from "./networkFile.ts";
import type { VerifierPlace } from "./verifiersOf.ts";

/** The verifier that a chain asks about another one's messages: it depends on what these are proven with. */
export function verifierOf({ contracts }: ChainPlace, origin: Pick<ChainPlace, "proofs">): VerifierPlace {
  const { verifier, place } = PROOF_KINDS[origin.proofs];
  // A network file without a verifier is refused where it would be needed.
  return { contract: abis[verifier], address: contracts[place]! };
}
