import {
  Signature,
  type Signer,
  type TypedDataDomain,
  TypedDataEncoder,
  type TypedDataField,
  zeroPadValue,
} from "ethers";

import { lowSigner } from "../../../protocol/recoverSigner.ts";
import type { Sale, TradingEvidence } from "../encodings.ts";

/** Where sales count: they are signed for one learning subchain. */
export interface SaleDomain {
  chainId: bigint;
  /** Its LearningSubchain. */
  subchain: string;
}

/** What a worker asks the publisher to sign: all of a sale but when the publisher had it. */
export type SaleRequest = Omit<Sale, "receivedAtMs">;

const REQUEST_FIELDS = [
  { name: "chainId", type: "uint64" },
  { name: "task", type: "uint256" },
  { name: "round", type: "uint16" },
  { name: "worker", type: "address" },
  { name: "commitment", type: "bytes32" },
  { name: "generatedAtMs", type: "uint64" },
];
const TYPES = {
  sale: {
    Sale: [...REQUEST_FIELDS, { name: "receivedAtMs", type: "uint64" }, { name: "samples", type: "uint32" }],
  },
  request: { SaleRequest: [...REQUEST_FIELDS, { name: "samples", type: "uint32" }] },
} satisfies Record<string, Record<string, TypedDataField[]>>;

function typedDomain({ chainId, subchain }: SaleDomain): TypedDataDomain {
  return { name: "Freshet", version: "1", chainId, verifyingContract: subchain };
}

/** The digest that worker and publisher sign of a sale (SaleSignature.sol). */
export function saleDigest(domain: SaleDomain, sale: Sale): string {
  return TypedDataEncoder.hash(typedDomain(domain), TYPES.sale, sale);
}

/** Signs a sale; 64 bytes, hex. */
export async function signSale(signer: Signer, domain: SaleDomain, sale: Sale): Promise<string> {
  return compact(await signer.signTypedData(typedDomain(domain), TYPES.sale, sale));
}

/** Signs a request, so that nobody else can ask for a sale of the worker's; 64 bytes, hex. */
export async function signRequest(signer: Signer, domain: SaleDomain, request: SaleRequest): Promise<string> {
  return compact(await signer.signTypedData(typedDomain(domain), TYPES.request, request));
}

/** Whether `who` signed a sale. */
export function isSaleOf(who: string, domain: SaleDomain, sale: Sale, signature: string): boolean {
  return isSigned(who, saleDigest(domain, sale), signature);
}

/** Whether `who` signed a request. */
export function isRequestOf(
  who: string,
  domain: SaleDomain,
  request: SaleRequest,
  signature: string,
): boolean {
  return isSigned(who, TypedDataEncoder.hash(typedDomain(domain), TYPES.request, request), signature);
}

/** What a meter is shown of a sale that the cosigner signed. */
export function evidenceOf({ generatedAtMs, receivedAtMs }: Sale, signature: string): TradingEvidence {
  const { r, yParityAndS } = Signature.from(signature);
  return { generatedAtMs, receivedAtMs, r, yParityAndS };
}

/** The signature that evidence carries; 64 bytes, hex. */
export function signatureOf({ r, yParityAndS }: TradingEvidence): string {
  return `${zeroPadValue(r, 32)}${zeroPadValue(yParityAndS, 32).slice(2)}`;
}

function compact(signature: string): string {
  return Signature.from(signature).compactSerialized;
}

function isSigned(who: string, digest: string, signature: string): boolean {
  return lowSigner(digest, signature)?.toLowerCase() === who.toLowerCase();
}
