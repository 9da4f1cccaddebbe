import { getAddress } from "ethers";
import { z } from "zod";

import type { SaleRequest } from "./sale.ts";

/** Path of a publisher's service that co-signs sales. */
export const SALES_PATH = "/sales";
/** Most bytes of a request, and of its answer. */
export const MOST_SALE_BYTES = 2048;

const whole = (bits: bigint) =>
  z
    .string()
    .regex(/^\d{1,78}$/)
    .transform(BigInt)
    .refine((value) => value < 2n ** bits);
const signature = z.string().regex(/^0x[0-9a-f]{128}$/);

const requestSchema = z.strictObject({
  chainId: whole(64n),
  task: whole(256n),
  round: z.int().min(0).max(65_535),
  worker: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/)
    .transform((written) => getAddress(written.toLowerCase())),
  commitment: z.string().regex(/^0x[0-9a-f]{64}$/),
  generatedAtMs: whole(64n),
  samples: z.int().min(1).max(4_294_967_295),
  signature,
});

const answerSchema = z.strictObject({
  generatedAtMs: whole(64n),
  receivedAtMs: whole(64n),
  signature,
});

/** What the publisher's service answers: its signature of the sale with these times. */
export type SaleAnswer = z.infer<typeof answerSchema>;

/** A request as JSON. */
export function writeSaleRequest(request: SaleRequest, signature: string): string {
  const { chainId, task, generatedAtMs } = request;
  const numbers = { chainId: String(chainId), task: String(task), generatedAtMs: String(generatedAtMs) };
  return JSON.stringify({ ...request, ...numbers, signature });
}

/** Reads a request; throws what `JSON.parse` and the schema throw. */
export function readSaleRequest(text: string): { request: SaleRequest; signature: string } {
  const { signature, ...request } = requestSchema.parse(JSON.parse(text));
  return { request, signature };
}

/** An answer as JSON. */
export function saleAnswer({ generatedAtMs, receivedAtMs, signature }: SaleAnswer) {
  return { generatedAtMs: String(generatedAtMs), receivedAtMs: String(receivedAtMs), signature };
}

/** Reads an answer; throws what `JSON.parse` and the schema throw. */
export function readSaleAnswer(text: string): SaleAnswer {
  return answerSchema.parse(JSON.parse(text));
}
