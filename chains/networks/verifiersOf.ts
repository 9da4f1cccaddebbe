import type { ContractPlace } from "../clients/ChainClient.ts";
import { PROOF_KINDS } from "../proofs/proofKinds.ts";
import type { ChainPlace } from "./networkFile.ts";

/** All verifiers of a chain. */
export function verifiersOf({ contracts }: ChainPlace): ContractPlace[] {
  return Object.values(PROOF_KINDS).flatMap(({ verifier, place }) => {
    const address = contracts[place];
    return address === undefined ? [] : [{ name: verifier, address }];
  });
}
