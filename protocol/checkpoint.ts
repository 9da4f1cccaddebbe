import { type TypedDataDomain, TypedDataEncoder, verifyTypedData } from "ethers";

/** State of a gateway's outbox: its root with `index + 1` messages. */
export interface Checkpoint {
  root: string;
  index: number;
}

/** A gateway's place: validators sign for one chain and one contract. */
export interface CheckpointDomain {
  chainId: bigint;
  gateway: string;
}

/** EIP-712 types of a checkpoint (contracts/gateway/Gateway.sol). */
export const CHECKPOINT_TYPES = {
  Checkpoint: [
    { name: "root", type: "bytes32" },
    { name: "index", type: "uint32" },
  ],
};

/** EIP-712 domain of a gateway's checkpoints. */
export function checkpointDomain({ chainId, gateway }: CheckpointDomain): TypedDataDomain {
  return { name: "Freshet Gateway", version: "1", chainId, verifyingContract: gateway };
}

/** The digest that validators sign. */
export function checkpointDigest(domain: CheckpointDomain, checkpoint: Checkpoint): string {
  return TypedDataEncoder.hash(checkpointDomain(domain), CHECKPOINT_TYPES, checkpoint);
}

/** Who signed a checkpoint; throws when the signature is malformed. */
export function checkpointSigner(
  domain: CheckpointDomain,
  checkpoint: Checkpoint,
  signature: string,
): string {
  return verifyTypedData(checkpointDomain(domain), CHECKPOINT_TYPES, checkpoint, signature);
}
