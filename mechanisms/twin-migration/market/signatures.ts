import { Signature, type Signer, type TypedDataDomain, TypedDataEncoder } from "ethers";

import { lowSigner } from "../../../protocol/recoverSigner.ts";
import type { Completion, HandOver, Stamp } from "../encodings.ts";

/** Where a signature counts: of completions main and its TwinMarket, of orders a subchain and its TwinHosts. */
export interface MigrationDomain {
  chainId: bigint;
  contract: string;
}

/** A signature as contracts take it, in EIP-2098. */
export interface CompactSignature {
  r: string;
  yParityAndS: string;
}

/** No signature: of an order that the vehicle itself shows. */
export const UNSIGNED: CompactSignature = { r: `0x${"00".repeat(32)}`, yParityAndS: `0x${"00".repeat(32)}` };
/** The stamp of a party that did not sign. */
export const NO_STAMP: Stamp = { endMs: 0n, ...UNSIGNED };

const COMPLETION = {
  Completion: [
    { name: "migration", type: "uint256" },
    { name: "vehicle", type: "address" },
    { name: "source", type: "address" },
    { name: "destination", type: "address" },
    { name: "stateHash", type: "bytes32" },
    { name: "startMs", type: "uint64" },
    { name: "endMs", type: "uint64" },
  ],
};
const HAND_OVER = {
  HandOver: [
    { name: "migration", type: "uint256" },
    { name: "vehicle", type: "address" },
    { name: "source", type: "address" },
    { name: "sourceChain", type: "uint64" },
    { name: "destination", type: "address" },
    { name: "destinationChain", type: "uint64" },
    { name: "until", type: "uint48" },
  ],
};

/** The digest that parties sign of a completion (MigrationSignature.sol). */
export function completionDigest(domain: MigrationDomain, completion: Completion): string {
  return TypedDataEncoder.hash(typedDomain(domain), COMPLETION, completion);
}

/** The digest that a vehicle signs of an order. */
export function orderDigest(domain: MigrationDomain, order: HandOver): string {
  return TypedDataEncoder.hash(typedDomain(domain), HAND_OVER, order);
}

/** Signs a completion with the signer's own end. */
export async function signCompletion(
  signer: Signer,
  domain: MigrationDomain,
  completion: Completion,
): Promise<Stamp> {
  const signature = await signer.signTypedData(typedDomain(domain), COMPLETION, completion);
  return { endMs: completion.endMs, ...compact(signature) };
}

/** Signs an order for one of its two subchains. */
export async function signOrder(
  signer: Signer,
  domain: MigrationDomain,
  order: HandOver,
): Promise<CompactSignature> {
  return compact(await signer.signTypedData(typedDomain(domain), HAND_OVER, order));
}

/**
 * Whether `who` signed a completion with a stamp.
 *
 * @param completion - Its own end is the stamp's.
 */
export function isCompletedBy(
  who: string,
  domain: MigrationDomain,
  completion: Omit<Completion, "endMs">,
  stamp: Stamp,
): boolean {
  const digest = completionDigest(domain, { ...completion, endMs: stamp.endMs });
  return stamp.endMs !== 0n && isSigned(who, digest, stamp);
}

/** Whether an order's vehicle signed it. */
export function isOrdered(domain: MigrationDomain, order: HandOver, signature: CompactSignature): boolean {
  return isSigned(order.vehicle, orderDigest(domain, order), signature);
}

function typedDomain({ chainId, contract }: MigrationDomain): TypedDataDomain {
  return { name: "Freshet", version: "1", chainId, verifyingContract: contract };
}

function compact(signature: string): CompactSignature {
  const { r, yParityAndS } = Signature.from(signature);
  return { r, yParityAndS };
}

function isSigned(who: string, digest: string, signature: CompactSignature): boolean {
  return lowSigner(digest, signature)?.toLowerCase() === who.toLowerCase();
}
