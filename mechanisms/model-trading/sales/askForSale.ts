import { BaseError } from "../../../protocol/BaseError.ts";
import type { Clock } from "../../../protocol/Clock.ts";
import { fetchFailure } from "../../../protocol/fetchFailure.ts";
import { withTimeout } from "../../../protocol/withTimeout.ts";
import type { Sale } from "../encodings.ts";
import { isSaleOf, type SaleDomain, type SaleRequest } from "./sale.ts";
import { MOST_SALE_BYTES, readSaleAnswer, SALES_PATH, writeSaleRequest } from "./saleRequest.ts";

/** Longest that a worker waits for a publisher's signature, milliseconds: without, the blocks' times count. */
export const SALE_MILLISECONDS = 2000;
/** How far the publisher's clock may be ahead of the worker's, milliseconds. */
const CLOCK_MILLISECONDS = 1000;

/** Whom to ask for what. */
export interface SaleWanted {
  url: string;
  cosigner: string;
  domain: SaleDomain;
  request: SaleRequest;
  /** The worker's, under the request. */
  signature: string;
  /** How long an answer is waited for, at most {@link SALE_MILLISECONDS}. */
  milliseconds: number;
}

/**
 * Asks a publisher's service to co-sign a sale.
 *
 * @returns The sale and the publisher's signature.
 * @throws what keeps it from being of use to the worker: no answer in time, a refusal, a signature of another, or a
 * time that has not come yet.
 */
export async function askForSale(
  { url, cosigner, domain, request, signature, milliseconds }: SaleWanted,
  { clock, fetch }: { clock: Clock; fetch: typeof globalThis.fetch },
  signal: AbortSignal,
): Promise<{ sale: Sale; signature: string }> {
  const text = await withTimeout({ clock, milliseconds, signal }, async (ended) => {
    const silent = (cause: unknown) =>
      new BaseError("SALE_NOT_SIGNED", `The publisher's service at ${url} does not answer.`, {
        details: fetchFailure(cause),
        cause,
      });
    const response = await fetch(new URL(SALES_PATH, url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: writeSaleRequest(request, signature),
      signal: ended,
      redirect: "error",
    }).catch((cause: unknown) => {
      throw silent(cause);
    });
    const text = await readBounded(response).catch((error: unknown) => {
      throw error instanceof BaseError ? error : silent(error);
    });
    if (response.ok) return text;
    throw new BaseError("SALE_NOT_SIGNED", `The publisher's service at ${url} did not sign.`, {
      details: text,
    });
  });
  const answer = readSaleAnswer(text);
  const { generatedAtMs, receivedAtMs } = answer;
  const sale: Sale = { ...request, generatedAtMs, receivedAtMs };
  const isHonest = receivedAtMs >= generatedAtMs && Number(receivedAtMs) <= clock.now() + CLOCK_MILLISECONDS;
  if (isHonest && isSaleOf(cosigner, domain, sale, answer.signature))
    return { sale, signature: answer.signature };
  throw new BaseError("SALE_INVALID", `What the service at ${url} signed is not the worker's sale.`, {
    details: `It says that it had the update at ${receivedAtMs} ms; here it is ${Math.round(clock.now())} ms.`,
  });
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MOST_SALE_BYTES) throw new BaseError("SALE_TOO_LARGE", "The answer is no sale.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
