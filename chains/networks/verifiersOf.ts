import { contracts as abis } from "../../protocol/contracts.ts";
import type { ContractPlace } from "../clients/ChainEvent.ts";
import type { ChainPlace } from "./networkFile.ts";

/** A contract that verifies messages, by checkpoints or by headers. */
export type VerifierPlace = ContractPlace<typeof abis.CheckpointVerifier | typeof abis.HeaderVerifier>;

/** All verifiers of a chain. */
export function verifiersOf({ contracts: { verifier, headerVerifier } }: ChainPlace): VerifierPlace[] {
  const ofCheckpoints = { contract: abis.CheckpointVerifier, address: verifier };
  return headerVerifier === undefined
    ? [ofCheckpoints]
    : [ofCheckpoints, { contract: abis.HeaderVerifier, address: headerVerifier }];
}
