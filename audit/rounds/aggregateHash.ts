import { AbiCoder, keccak256 } from "ethers";

import type { FinalizedRound } from "../evidence/finalizedRounds.ts";

const AGGREGATE_TYPE = "tuple(bytes32 globalModel, uint16 accuracyBps, uint256[][] accepted)";

/** The hash that aggregators attest: of all that a round produced (contracts/main/Rounds.sol). */
export function aggregateHash(
  aggregate: Pick<FinalizedRound, "globalModel" | "accuracyBps" | "accepted">,
): string {
  return keccak256(AbiCoder.defaultAbiCoder().encode([AGGREGATE_TYPE], [aggregate]));
}
