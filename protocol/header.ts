import { concat, type TypedDataDomain, TypedDataEncoder, toBeHex } from "ethers";

import { BaseError } from "./BaseError.ts";
import { type CheckpointSigners, takeSigners } from "./checkpoint.ts";
import { ProofReader } from "./ProofReader.ts";
import { recoverSigner } from "./recoverSigner.ts";

/** A final block of a chain, as its validators attest it. */
export interface AttestedHeader {
  blockHash: string;
  number: bigint;
}

/** A gateway's place: validators sign for one chain and one contract. */
export interface HeaderDomain {
  chainId: bigint;
  gateway: string;
}

/** EIP-712 types of an attested header (contracts/gateway/HeaderVerifier.sol). */
export const HEADER_TYPES = {
  Header: [
    { name: "blockHash", type: "bytes32" },
    { name: "number", type: "uint64" },
  ],
};

/** EIP-712 domain of the headers that are attested for a gateway. */
export function headerDomain({ chainId, gateway }: HeaderDomain): TypedDataDomain {
  return { name: "Freshet Gateway", version: "1", chainId, verifyingContract: gateway };
}

/** The digest that validators sign. */
export function headerDigest(domain: HeaderDomain, header: AttestedHeader): string {
  return TypedDataEncoder.hash(headerDomain(domain), HEADER_TYPES, header);
}

/** Who attested a header; throws when the signature is malformed. */
export function headerSigner(domain: HeaderDomain, header: AttestedHeader, signature: string): string {
  return recoverSigner(headerDigest(domain, header), signature);
}

/** Messages of one transaction, found in its receipt. */
export interface ProvenReceipt {
  /** Place of the transaction in its block. */
  index: number;
  /** The receipt's way from the root of the block's receipts: places in {@link BlockProof.nodes}. */
  path: readonly number[];
  /** Places of the messages' logs in the receipt, in the order of the messages' nonces. */
  logs: readonly number[];
}

/** Proof that a gateway sent messages in one block, but for the attestation of the block. */
export interface BlockProof {
  /** The block's header, RLP. */
  header: string;
  /** Nodes of the trie of the block's receipts, RLP, each once. */
  nodes: readonly string[];
  /** Receipts in the order of their transactions. */
  receipts: readonly ProvenReceipt[];
}

/**
 * What a gateway's `deliver` and `deliverBatch` take for `proof` where the route's verifier is a HeaderVerifier.
 *
 * @param signers - The origin's validators and the signatures of {@link headerDigest}, packed by `signersPart`.
 */
export function encodeHeaderProof({ header, nodes, receipts }: BlockProof, signers: string): string {
  return concat([
    ...sized(header),
    signers,
    uint32(nodes.length),
    ...nodes.flatMap(sized),
    ...receipts.flatMap(({ index, path, logs }) => [
      uint32(index),
      uint32(path.length),
      ...path.map(uint32),
      uint32(logs.length),
      ...logs.map(uint32),
    ]),
  ]);
}

/** What {@link encodeHeaderProof} packed. */
export interface HeaderProof extends BlockProof {
  signers: CheckpointSigners;
}

/**
 * Reads a proof back; signatures come in their form of 65 bytes.
 *
 * @throws BaseError `MALFORMED_PROOF`.
 */
export function decodeHeaderProof(proof: string): HeaderProof {
  try {
    const reader = new ProofReader(proof);
    const header = reader.takeSized();
    const signers = takeSigners(reader);
    const nodes = Array.from({ length: reader.takeCount() }, () => reader.takeSized());
    const receipts: ProvenReceipt[] = [];
    while (reader.rest > 0) {
      receipts.push({ index: reader.takeNumber(4), path: reader.takeList(), logs: reader.takeList() });
    }
    return { header, signers, nodes, receipts };
  } catch (cause) {
    throw new BaseError("MALFORMED_PROOF", "What should prove messages is no proof under a header.", {
      details: String(cause),
      cause,
    });
  }
}

/** A header with its attestation. */
export interface SignedHeader extends AttestedHeader {
  /** As for {@link encodeHeaderProof}. */
  signers: string;
}

/**
 * Evidence that validators attested two histories, for a gateway's `freeze`.
 *
 * @param later - Of two attested blocks that cannot be of one chain, that of the higher number.
 * @param earlier - The other.
 * @param headers - RLP headers of the later block and its ancestors down to the one after the earlier block's number;
 * none when both have one number.
 * @throws `EVIDENCE_INCOMPLETE` when there is not one header for each number between the two.
 */
export function encodeHeaderContradiction(
  later: SignedHeader,
  earlier: SignedHeader,
  headers: readonly string[] = [],
): string {
  if (later.number - earlier.number !== BigInt(headers.length)) {
    throw new BaseError("EVIDENCE_INCOMPLETE", "The evidence lacks headers between the two blocks.", {
      details: `Blocks ${earlier.number} and ${later.number} came with ${headers.length} headers.`,
      next: "Give the later block first, with its header and those of its ancestors after the earlier block.",
    });
  }
  return concat([
    ...[later, earlier].flatMap(({ blockHash, number, signers }) => [blockHash, toBeHex(number, 8), signers]),
    ...headers.flatMap(sized),
  ]);
}

/** A length, a place or a count: 4 bytes. */
function uint32(value: number): string {
  return toBeHex(value, 4);
}

/** Bytes after their length. */
function sized(bytes: string): string[] {
  return [uint32((bytes.length - 2) / 2), bytes];
}
