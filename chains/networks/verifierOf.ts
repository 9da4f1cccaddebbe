import type { ContractPlace } from "../clients/ChainClient.ts";
import type { ChainPlace } from "./networkFile.ts";

/** The verifier that a chain asks about another one's messages: it depends on what these are proven with. */
export function verifierOf({ contracts }: ChainPlace, origin: Pick<ChainPlace, "proofs">): ContractPlace {
  // A network file without the second verifier is refused where it would be needed.
  return origin.proofs === "header"
    ? { name: "HeaderVerifier", address: contracts.headerVerifier! }
    : { name: "CheckpointVerifier", address: contracts.verifier };
}
