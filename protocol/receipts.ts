import {
  concat,
  dataLength,
  dataSlice,
  Signature,
  type Signer,
  type TypedDataDomain,
  TypedDataEncoder,
  toBeHex,
} from "ethers";

import { lowSigner } from "./recoverSigner.ts";

/** Where receipts count: they are signed for one task manager. */
export interface ReceiptDomain {
  /** Of the main chain. */
  chainId: bigint;
  taskManager: string;
}

/** An aggregator's word that it holds an update and serves it. */
export interface StorageReceipt {
  /** The aggregator's place in the task's terms. */
  place: number;
  /** 64 bytes (EIP-2098), hex. */
  signature: string;
}

/** Who must have signed. */
export interface ReceiptRule {
  domain: ReceiptDomain;
  /** The task's, in its order. */
  aggregators: readonly string[];
  /** How many of them are enough. */
  attestations: number;
}

/** Bytes of one packed receipt: a place and a signature (contracts/main/Receipts.sol). */
export const RECEIPT_BYTES = 65;

/** How many receipts' signers are remembered: a worker and its process's aggregators ask for the same. */
const REMEMBERED = 8192;

const TYPES = { StorageReceipt: [{ name: "leaf", type: "bytes32" }] };

function typedDomain({ chainId, taskManager }: ReceiptDomain): TypedDataDomain {
  return { name: "Freshet", version: "1", chainId, verifyingContract: taskManager };
}

/** The digest that aggregators sign, of an update's leaf (`updateLeaf`). */
export function receiptDigest(domain: ReceiptDomain, leaf: string): string {
  return TypedDataEncoder.hash(typedDomain(domain), TYPES, { leaf });
}

/** Signs that an update is held; 64 bytes, hex. */
export async function signReceipt(signer: Signer, domain: ReceiptDomain, leaf: string): Promise<string> {
  return Signature.from(await signer.signTypedData(typedDomain(domain), TYPES, { leaf })).compactSerialized;
}

/** Signers by domain, leaf and signature; undefined of what is no signature. */
const signers = new Map<string, string | undefined>();

/** Who signed that an update is held; undefined when nobody did. */
function receiptSigner(domain: ReceiptDomain, leaf: string, signature: string): string | undefined {
  const key = `${domain.chainId} ${domain.taskManager} ${leaf} ${signature}`;
  if (signers.has(key)) return signers.get(key);
  const signer = lowSigner(receiptDigest(domain, leaf), signature);
  if (signers.size === REMEMBERED) signers.clear();
  signers.set(key, signer);
  return signer;
}

/** Whether `signature` is a receipt of the aggregator at `place`. */
export function isReceipt({ place, signature }: StorageReceipt, leaf: string, rule: ReceiptRule): boolean {
  const aggregator = rule.aggregators[place];
  if (aggregator === undefined || dataLength(signature) !== RECEIPT_BYTES - 1) return false;
  return receiptSigner(rule.domain, leaf, signature) === aggregator;
}

/** Receipts as a reveal carries them: by ascending place, which must differ. */
export function packReceipts(receipts: readonly StorageReceipt[]): string {
  return concat(
    [...receipts]
      .sort((a, b) => a.place - b.place)
      .flatMap(({ place, signature }) => [toBeHex(place, 1), signature]),
  );
}

/**
 * Whether a reveal's receipts show that enough aggregators hold its update, so that
 * no aggregator may leave it out for want of it (contracts/main/Receipts.sol). One
 * that is wrong spoils them all.
 *
 * @param packed - As `packReceipts` makes them, by whomever.
 * @param leaf - The update's (`updateLeaf`).
 *
 * @example areEnough(event.args.receipts, updateLeaf(update), { domain, aggregators, attestations })
 */
export function areEnough(packed: string, leaf: string, rule: ReceiptRule): boolean {
  const count = dataLength(packed) / RECEIPT_BYTES;
  if (!Number.isInteger(count) || count < rule.attestations) return false;
  let least = 0;
  for (let i = 0; i < count; i++) {
    const receipt = dataSlice(packed, i * RECEIPT_BYTES, (i + 1) * RECEIPT_BYTES);
    const place = Number(dataSlice(receipt, 0, 1));
    if (place < least || !isReceipt({ place, signature: dataSlice(receipt, 1) }, leaf, rule)) return false;
    least = place + 1;
  }
  return true;
}
