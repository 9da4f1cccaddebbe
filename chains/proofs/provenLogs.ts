import { verifyMerkleProof } from "@ethereumjs/mpt";
import { decodeRlp, encodeRlp, getBytes, hexlify, type RlpStructuredData } from "ethers";

import { BaseError } from "../../protocol/BaseError.ts";
import type { BlockProof } from "../../protocol/header.ts";
import { encodeNumber } from "./blockHeader.ts";

/** A log as a receipt holds it. */
export interface ProvenLog {
  address: string;
  topics: readonly string[];
  data: string;
}

/** What a proof shows of a block. */
export interface ProvenLogs {
  /** The block's number, as its header has it. */
  number: bigint;
  /** The logs that the proof names, in its order. */
  logs: ProvenLog[];
}

/** Places of a header's fields. */
const RECEIPTS_ROOT = 5;
const NUMBER = 8;
/** Place of the logs among a receipt's fields. */
const LOGS = 3;

/**
 * Follows a proof from the receipts' root in its header to the logs that it names, as
 * contracts/gateway/HeaderVerifier.sol does. Whether such a block exists is for the caller to find out.
 *
 * @throws `PROOF_INVALID` when it leads to no such logs.
 */
export async function provenLogs({ header, nodes, receipts }: BlockProof): Promise<ProvenLogs> {
  try {
    const fields = listOf(decodeRlp(header));
    const root = getBytes(textOf(fields[RECEIPTS_ROOT]));
    const logs: ProvenLog[] = [];
    for (const { index, path, logs: places } of receipts) {
      const way = path.map((place) => getBytes(nodes[place]!));
      const receipt = await verifyMerkleProof(getBytes(encodeRlp(encodeNumber(index))), way, { root });
      if (receipt === null) throw new RangeError(`there is no receipt ${index}`);
      const all = listOf(listOf(decodeRlp(untyped(receipt)))[LOGS]);
      for (const place of places) {
        const [address, topics, data] = listOf(all[place]);
        logs.push({ address: textOf(address), topics: listOf(topics).map(textOf), data: textOf(data) });
      }
    }
    return { number: BigInt(textOf(fields[NUMBER]) === "0x" ? 0 : textOf(fields[NUMBER])), logs };
  } catch (cause) {
    throw new BaseError("PROOF_INVALID", "The proof leads from its header to no such logs.", {
      details: String(cause),
      cause,
    });
  }
}

/** EIP-2718: a byte below 0x80 is the transaction's type; a receipt of the first type begins with its list. */
function untyped(receipt: Uint8Array): string {
  return hexlify(receipt[0]! < 0x80 ? receipt.slice(1) : receipt);
}

function listOf(value: RlpStructuredData | undefined): RlpStructuredData[] {
  if (Array.isArray(value)) return value;
  throw new TypeError("no list where one should be");
}

function textOf(value: RlpStructuredData | undefined): string {
  if (typeof value === "string") return value;
  throw new TypeError("no bytes where some should be");
}
