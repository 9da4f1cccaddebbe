import type { Checkpoint } from "../../../protocol/checkpoint.ts";

/** A checkpoint as one validator signed it. */
export interface SignedCheckpoint extends Checkpoint {
  /** 65 bytes, hex. */
  signature: string;
}

/** A block as one validator attested it. */
export interface AttestedBlock {
  number: number;
  blockHash: string;
  /** 65 bytes, hex. */
  signature: string;
}

/** Where a validator's signed checkpoints are had. A relayer need not trust it: it checks every signature. */
export interface CheckpointSource {
  readonly validator: string;
  /**
   * Checkpoints of a gateway from an index on, the newest first.
   *
   * @throws Retryable errors when it does not answer.
   */
  signed(chainId: bigint, gateway: string, fromIndex: number): Promise<SignedCheckpoint[]>;
  /**
   * Attested blocks with messages of a gateway, from a block on, the oldest first.
   *
   * @throws Retryable errors when it does not answer.
   */
  attested(chainId: bigint, gateway: string, fromNumber: number): Promise<AttestedBlock[]>;
}
