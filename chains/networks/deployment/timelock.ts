import { AbiCoder, id, keccak256 } from "ethers";

/** Roles of OpenZeppelin's TimelockController, besides its admin's. */
export const TIMELOCK_ROLES = {
  proposer: id("PROPOSER_ROLE"),
  executor: id("EXECUTOR_ROLE"),
  canceller: id("CANCELLER_ROLE"),
} as const;

/** Calls that a timelock makes together. */
export interface TimelockBatch {
  targets: readonly string[];
  /** Wei with each. */
  values: readonly bigint[];
  payloads: readonly string[];
  /** Operation that must be done before; 32 zero bytes for none. */
  predecessor: string;
  /** Tells it apart from another of the same calls. */
  salt: string;
}

/** The id of a batch, as `TimelockController.hashOperationBatch` computes it. */
export function batchId({ targets, values, payloads, predecessor, salt }: TimelockBatch): string {
  const types = ["address[]", "uint256[]", "bytes[]", "bytes32", "bytes32"];
  return keccak256(AbiCoder.defaultAbiCoder().encode(types, [targets, values, payloads, predecessor, salt]));
}
