import type { ContractPlace } from "../clients/ChainClient.ts";
import type { ChainPlace } from "./networkFile.ts";

/** All verifiers of a chain. */
export function verifiersOf({ contracts: { verifier, headerVerifier } }: ChainPlace): ContractPlace[] {
  const ofCheckpoints: ContractPlace = { name: "CheckpointVerifier", address: verifier };
  return headerVerifier === undefined
    ? [ofCheckpoints]
    : [ofCheckpoints, { name: "HeaderVerifier", address: headerVerifier }];
}
