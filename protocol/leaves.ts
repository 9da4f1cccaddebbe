import { AbiCoder, keccak256 } from "ethers";

/** What a subchain measured about one worker over the epoch (contracts/types/TaskTypes.sol). */
export interface WorkRecord {
  chainId: bigint;
  task: bigint;
  index: number;
  worker: string;
  item: number;
  coveredSeconds: bigint;
  /** Σ gap², s². */
  ageSquares: bigint;
}

/** An update as its worker revealed it (contracts/types/TaskTypes.sol). */
export interface RevealedUpdate {
  chainId: bigint;
  task: bigint;
  round: number;
  index: number;
  worker: string;
  /** Storage digest of the update. */
  update: string;
  samples: number;
  /** What computed it, bytes32 (engineId.ts). */
  engine: string;
}

const RECORD_TYPE =
  "tuple(uint64 chainId, uint256 task, uint32 index, address worker, uint16 item, uint64 coveredSeconds, uint128 ageSquares)";
const UPDATE_TYPE =
  "tuple(uint64 chainId, uint256 task, uint16 round, uint32 index, address worker, bytes32 update, uint32 samples, bytes32 engine)";

/** Leaf of a settlement root (contracts/types/Leaves.sol). */
export function recordLeaf(record: WorkRecord): string {
  return keccak256(AbiCoder.defaultAbiCoder().encode([RECORD_TYPE], [record]));
}

/** Leaf of a round's updates root (contracts/types/Leaves.sol). */
export function updateLeaf(update: RevealedUpdate): string {
  return keccak256(AbiCoder.defaultAbiCoder().encode([UPDATE_TYPE], [update]));
}

/** Salted commitment to an update (contracts/types/Leaves.sol). */
export function updateCommitment(subchain: string, update: RevealedUpdate, salt: string): string {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(["address", UPDATE_TYPE, "bytes32"], [subchain, update, salt]),
  );
}
