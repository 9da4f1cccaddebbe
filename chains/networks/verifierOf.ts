import type { ContractPlace } from "../clients/ChainClient.ts";
import { PROOF_KINDS } from "../proofs/proofKinds.ts";
import type { ChainPlace } from "./networkFile.ts";

/** The verifier that a chain asks about another one's messages: it depends on what these are proven with. */
export function verifierOf({ contracts }: ChainPlace, origin: Pick<ChainPlace, "proofs">): ContractPlace {
  const { verifier, place } = PROOF_KINDS[origin.proofs];
  // A network file without a verifier is refused where it would be needed.
  return { name: verifier, address: contracts[place]! };
}
