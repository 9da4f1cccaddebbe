import { z } from "zod";

import type { RevealedUpdate } from "./leaves.ts";

/** Path of an aggregator's server that gives receipts. */
export const RECEIPTS_PATH = "/receipts";
/** Most bytes of a request for a receipt, and of its answer. */
export const MOST_RECEIPT_BYTES = 4096;

const whole = (most: bigint) =>
  z
    .string()
    .regex(/^\d{1,78}$/)
    .transform(BigInt)
    .refine((value) => value < most);
const bytes32 = z.string().regex(/^0x[0-9a-f]{64}$/);

/** What a worker shows of an update to have a receipt for it: what it committed to, opened. */
export interface ReceiptRequest {
  update: RevealedUpdate;
  /** What it committed with. */
  salt: string;
}

const requestSchema = z.strictObject({
  chainId: whole(2n ** 64n),
  task: whole(2n ** 256n),
  round: z.int().min(0).max(65_535),
  index: z.int().min(0).max(4_294_967_295),
  worker: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  update: bytes32,
  samples: z.int().min(0).max(4_294_967_295),
  engine: bytes32,
  salt: bytes32,
});

const answerSchema = z.strictObject({
  place: z.int().min(0).max(255),
  signature: z.string().regex(/^0x[0-9a-f]{128}$/),
});

/** A request as JSON. */
export function writeReceiptRequest({ update, salt }: ReceiptRequest): string {
  const { chainId, task, round, index, worker, samples, engine } = update;
  const numbers = { chainId: String(chainId), task: String(task), round, index, samples };
  return JSON.stringify({ ...numbers, worker, update: update.update, engine, salt });
}

/** Reads a request; throws what `JSON.parse` and the schema throw. */
export function readReceiptRequest(text: string): ReceiptRequest {
  const { salt, ...update } = requestSchema.parse(JSON.parse(text));
  return { update, salt };
}

/** Reads an answer; throws what `JSON.parse` and the schema throw. */
export function readReceiptAnswer(text: string): z.infer<typeof answerSchema> {
  return answerSchema.parse(JSON.parse(text));
}
