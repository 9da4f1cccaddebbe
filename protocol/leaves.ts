import { keccak256 } from "ethers";

import { type Encoded, encodings } from "./encodings.ts";

/** What a subchain measured about one worker over the epoch (contracts/types/TaskTypes.sol). */
export type WorkRecord = Encoded<"record">;

/** An update as its worker revealed it (contracts/types/TaskTypes.sol). */
export type RevealedUpdate = Encoded<"update">;

/** What a round produced (contracts/interfaces/ITaskManager.sol). */
export type Aggregate = Encoded<"aggregate">;

/** Leaf of a settlement root (contracts/types/Leaves.sol). */
export function recordLeaf(record: WorkRecord): string {
  return keccak256(encodings.encodeArguments("record", [record]));
}

/** Leaf of a round's updates root (contracts/types/Leaves.sol). */
export function updateLeaf(update: RevealedUpdate): string {
  return keccak256(encodings.encodeArguments("update", [update]));
}

/** Salted commitment to an update (contracts/types/Leaves.sol). */
export function updateCommitment(subchain: string, update: RevealedUpdate, salt: string): string {
  return keccak256(encodings.encodeArguments("commitment", [subchain, update, salt]));
}

/** The hash that aggregators attest: of all that a round produced (contracts/main/Agreement.sol). */
export function aggregateHash(aggregate: Aggregate): string {
  return keccak256(encodings.encodeArguments("aggregate", [aggregate]));
}

/** What an aggregator commits to before it attests, which nobody else can open (contracts/main/Agreement.sol). */
export function attestationCommitment(aggregate: Aggregate, salt: string, aggregator: string): string {
  return keccak256(encodings.encodeArguments("attestation", [aggregateHash(aggregate), salt, aggregator]));
}
