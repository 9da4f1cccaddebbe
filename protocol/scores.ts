import { getBytes, hexlify, keccak256, ZeroHash } from "ethers";

import { type Encoded, encodings } from "./encodings.ts";
import { MerkleTree } from "./MerkleTree.ts";

/** What the aggregators attested about a worker (contracts/types/TaskTypes.sol). */
export type ScoreRecord = Encoded<"score">;

/** No scores, as an aggregate without any has them (contracts/interfaces/ITaskManager.sol). */
export const NO_SCORES = { root: ZeroHash, digest: ZeroHash } as const;

/** The tree over score records, in their order; its root is attested. */
export function scoresTree(records: readonly ScoreRecord[]): MerkleTree {
  return new MerkleTree(records.map((record) => keccak256(encodings.encodeArguments("score", [record]))));
}

/** A file of score records, as its digest is attested. */
export function encodeScores(records: readonly ScoreRecord[]): Uint8Array {
  return getBytes(encodings.encodeArguments("scores", [records]));
}

/** Reads a file of score records; throws `MALFORMED_DATA`. */
export function decodeScores(file: Uint8Array): readonly ScoreRecord[] {
  return encodings.decodeArguments("scores", hexlify(file)).records;
}
