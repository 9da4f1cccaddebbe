import {
  concat,
  getAddress,
  Signature,
  type TypedDataDomain,
  TypedDataEncoder,
  toBeHex,
  ZeroHash,
} from "ethers";

import { BaseError } from "./BaseError.ts";
import { encodings } from "./encodings.ts";
import { ProofReader } from "./ProofReader.ts";
import { recoverSigner } from "./recoverSigner.ts";

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

/** EIP-712 types of a checkpoint (contracts/gateway/CheckpointVerifier.sol). */
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
  return recoverSigner(checkpointDigest(domain, checkpoint), signature);
}

/** A chain's validators and what they signed a checkpoint with. */
export interface CheckpointSigners {
  /** How many of them must sign. */
  threshold: number;
  /** The whole set, ascending by address, as the verifier has it. */
  validators: readonly string[];
  /** As many as the threshold, ascending by the address of the signer; any form that ethers reads. */
  signatures: readonly string[];
}

/** What proves messages to a CheckpointVerifier beside their ids. */
export interface CheckpointProof extends CheckpointSigners {
  /** Nonce of the last message under the checkpoint's root. */
  index: number;
  /** `MerkleTree.multiProof` of the messages under `index + 1` leaves. */
  siblings: readonly string[];
}

/**
 * The signers as a CheckpointVerifier reads them: the threshold, the number of
 * validators, their addresses, and signatures of 64 bytes (EIP-2098).
 *
 * @throws BaseError `MALFORMED_PROOF` when there are not as many signatures as the threshold.
 */
export function signersPart({ threshold, validators, signatures }: CheckpointSigners): string {
  if (signatures.length !== threshold || validators.length > 255) {
    throw new BaseError("MALFORMED_PROOF", `A proof needs exactly ${threshold} signatures.`, {
      details: `Given were ${signatures.length} of ${validators.length} validators.`,
    });
  }
  return concat([
    toBeHex(threshold, 1),
    toBeHex(validators.length, 1),
    ...validators,
    ...signatures.map((signature) => Signature.from(signature).compactSerialized),
  ]);
}

/** Takes signers off the front of a proof; signatures come in their form of 65 bytes. */
export function takeSigners(proof: ProofReader): CheckpointSigners {
  const threshold = proof.takeNumber(1);
  const validators = Array.from({ length: proof.takeNumber(1) }, () => getAddress(proof.take(20)));
  const signatures = Array.from({ length: threshold }, () => Signature.from(proof.take(64)).serialized);
  return { threshold, validators, signatures };
}

/**
 * A proof for a CheckpointVerifier, packed.
 *
 * @example
 * const siblings = tree.multiProof([message.nonce], index + 1);
 * encodeCheckpointProof({ index, threshold, validators, signatures, siblings });
 */
export function encodeCheckpointProof({ index, siblings, ...signers }: CheckpointProof): string {
  return concat([toBeHex(index, 4), signersPart(signers), ...siblings]);
}

/**
 * Reads a proof back; signatures come in their form of 65 bytes.
 *
 * @throws BaseError `MALFORMED_PROOF`.
 */
export function decodeCheckpointProof(proof: string): CheckpointProof {
  try {
    const reader = new ProofReader(proof);
    const index = reader.takeNumber(4);
    const signers = takeSigners(reader);
    const { rest } = reader;
    if (rest % 32 !== 0) throw new RangeError(`${rest} bytes of siblings`);
    const siblings = Array.from({ length: rest / 32 }, () => reader.take(32));
    return { index, ...signers, siblings };
  } catch (cause) {
    throw new BaseError("MALFORMED_PROOF", "What should prove messages is no proof under a checkpoint.", {
      details: String(cause),
      cause,
    });
  }
}

/** A checkpoint and who signed it. */
export interface SignedCheckpoint extends Checkpoint, CheckpointSigners {}

/**
 * Two signed checkpoints that cannot both be true. With the same index their roots
 * alone show it, and the rest may be left out; with different indices a message's
 * place is shown to hold different leaves.
 */
export interface Contradiction {
  a: SignedCheckpoint;
  b: SignedCheckpoint;
  /** A place that is under both checkpoints. */
  nonce?: number;
  leafA?: string;
  /** `MerkleTree.branch` of that place under checkpoint a. */
  branchA?: readonly string[];
  leafB?: string;
  branchB?: readonly string[];
}

/** Evidence for `CheckpointVerifier.verifyContradiction` and `Gateway.freeze`. */
export function encodeContradiction(evidence: Contradiction): string {
  const { a, b, nonce = 0, leafA = ZeroHash, branchA = [], leafB = ZeroHash, branchB = [] } = evidence;
  const signed = ({ root, index, ...signers }: SignedCheckpoint) => ({
    root,
    index,
    signers: signersPart(signers),
  });
  return encodings.encodeArguments("contradiction", [
    signed(a),
    signed(b),
    nonce,
    leafA,
    branchA,
    leafB,
    branchB,
  ]);
}
