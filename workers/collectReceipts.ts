import { BaseError } from "../protocol/BaseError.ts";
import { backOff } from "../protocol/backOff.ts";
import type { Clock } from "../protocol/Clock.ts";
import { fetchFailure } from "../protocol/fetchFailure.ts";
import { updateLeaf } from "../protocol/leaves.ts";
import {
  MOST_RECEIPT_BYTES,
  RECEIPTS_PATH,
  type ReceiptRequest,
  readReceiptAnswer,
  writeReceiptRequest,
} from "../protocol/receiptRequest.ts";
import { isReceipt, packReceipts, type ReceiptRule, type StorageReceipt } from "../protocol/receipts.ts";
import { withTimeout } from "../protocol/withTimeout.ts";

/** How long those who have not answered are waited for once enough have, milliseconds. */
const GRACE_MILLISECONDS = 500;
/** Longest that one request may take, milliseconds. */
const REQUEST_MILLISECONDS = 10_000;
/** Pauses between requests to an aggregator that gave no receipt, milliseconds. */
const RETRY = { first: 250, last: 4000 };

/** Whom to ask, and until when. */
export interface ReceiptsWanted {
  request: ReceiptRequest;
  rule: ReceiptRule;
  /** Base URLs of aggregators, by address; one without is not asked. */
  urls: ReadonlyMap<string, string>;
  /** Until when they are asked, Unix milliseconds. */
  until: number;
}

/** What came of it. */
export interface Receipts {
  /** As a reveal carries them, hex. */
  packed: string;
  /** How many they are. */
  count: number;
  /** Why those who were asked and gave none gave none. */
  failures: readonly unknown[];
}

/**
 * Asks a task's aggregators, all at the same time and again where one fails, for
 * receipts of an update that is in storage. Goes on as soon as enough have given one,
 * after a short grace for the others, and at the latest when the time is over: with
 * what there is then. What is no valid receipt of the one that was asked is none.
 */
export async function collectReceipts(
  { request, rule, urls, until }: ReceiptsWanted,
  modules: { clock: Clock; fetch: typeof fetch },
  signal: AbortSignal,
): Promise<Receipts> {
  const { clock } = modules;
  const receipts: StorageReceipt[] = [];
  const failures = new Map<number, unknown>();
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  const enough = Promise.withResolvers<void>();
  const leaf = updateLeaf(request.update);
  const asking = rule.aggregators.map(async (address, place) => {
    const url = urls.get(address);
    if (url === undefined) return;
    for (let attempts = 0; !ended.aborted; ) {
      try {
        const receipt = await ask(url, request, modules, ended);
        if (receipt.place !== place || !isReceipt(receipt, leaf, rule)) throw notValid(url);
        receipts.push(receipt);
        failures.delete(place);
        if (receipts.length >= rule.attestations) enough.resolve();
        return;
      } catch (error) {
        if (!ended.aborted) failures.set(place, error);
        await clock.sleep(backOff(RETRY, ++attempts), ended);
      }
    }
  });
  const all = Promise.all(asking);
  const time = clock.sleep(Math.max(0, until - clock.now()), ended);
  await Promise.race([all, time, enough.promise]);
  if (receipts.length >= rule.attestations) {
    await Promise.race([all, time, clock.sleep(GRACE_MILLISECONDS, ended)]);
  }
  over.abort();
  await all;
  return { packed: packReceipts(receipts), count: receipts.length, failures: [...failures.values()] };
}

async function ask(
  url: string,
  request: ReceiptRequest,
  { clock, fetch }: { clock: Clock; fetch: typeof globalThis.fetch },
  signal: AbortSignal,
): Promise<StorageReceipt> {
  return withTimeout({ clock, milliseconds: REQUEST_MILLISECONDS, signal }, async (ended) => {
    const silent = (cause: unknown) =>
      new BaseError("RECEIPT_NOT_GIVEN", `The aggregator at ${url} does not answer.`, {
        details: fetchFailure(cause),
        cause,
      });
    const response = await fetch(new URL(RECEIPTS_PATH, url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: writeReceiptRequest(request),
      signal: ended,
      redirect: "error",
    }).catch((cause: unknown) => {
      throw silent(cause);
    });
    const text = await readBounded(response).catch((error: unknown) => {
      throw error instanceof BaseError ? error : silent(error);
    });
    if (!response.ok) {
      throw new BaseError("RECEIPT_NOT_GIVEN", `The aggregator at ${url} gave no receipt.`, {
        details: text,
      });
    }
    return readReceiptAnswer(text);
  });
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MOST_RECEIPT_BYTES) throw new BaseError("RECEIPT_TOO_LARGE", "The answer is no receipt.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function notValid(url: string): BaseError {
  return new BaseError("RECEIPT_INVALID", `What the aggregator at ${url} gave is no receipt of its.`);
}
