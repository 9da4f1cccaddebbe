import { contracts as abis } from "../../protocol/contracts.ts";
import type { ContractPlace } from "../clients/ChainEvent.ts";
import { PROOF_KINDS, type ProofKind } from "../proofs/proofKinds.ts";
import type { ChainPlace } from "./networkFile.ts";

/** A contract that verifies messages proven in one of the ways. */
export type VerifierPlace = ContractPlace<(typeof abis)[(typeof PROOF_KINDS)[ProofKind]["verifier"]]>;

/** All verifiers of a chain. */
export function verifiersOf({ contracts }: ChainPlace): VerifierPlace[] {
  return Object.values(PROOF_KINDS).flatMap(({ verifier, place }) => {
    const address = contracts[place];
    return address === undefined ? [] : [{ contract: abis[verifier], address }];
  });
}
