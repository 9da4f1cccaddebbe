import type { IncomingMessage, ServerResponse } from "node:http";

import { BaseError } from "../protocol/BaseError.ts";
import { BoundedServer, sendJson } from "../protocol/BoundedServer.ts";
import type { HealthSource } from "../protocol/PartHealth.ts";
import { MOST_RECEIPT_BYTES, RECEIPTS_PATH, readReceiptRequest } from "../protocol/receiptRequest.ts";
import type { ListenPlace } from "../protocol/ServerTls.ts";
import type { BlockServer } from "../storage/BlockServer.ts";
import type { ReceiptIssuer } from "./ReceiptIssuer.ts";

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  RECEIPT_MALFORMED: 400,
  RECEIPT_REFUSED: 403,
  RECEIPTS_NO_ROUTE: 404,
  // Of the update that was asked for: perhaps it is still being put.
  STORAGE_NOT_FOUND: 404,
  STORAGE_CORRUPT: 404,
  STORAGE_MALFORMED: 404,
  STORAGE_TOO_LARGE: 404,
  RECEIPT_TOO_LARGE: 413,
  RECEIPTS_BUSY: 503,
};

/** What a receipt server works with. */
export interface ReceiptServerModules {
  issuer: ReceiptIssuer;
  /** Serves what receipts were given for; it takes nothing from anyone. */
  blocks: BlockServer;
  /** How the aggregator is, for whoever asks. */
  health?: HealthSource;
  /** Told what went wrong here, not with a client. */
  onError: (error: unknown) => void;
}

/**
 * An aggregator's server: gives workers receipts for the updates that it holds
 * (`POST /receipts`), and everyone those updates, block by block, as an IPFS trustless
 * gateway does.
 */
export class ReceiptServer {
  readonly #modules: ReceiptServerModules;
  readonly #server: BoundedServer;

  constructor(modules: ReceiptServerModules) {
    this.#modules = modules;
    this.#server = new BoundedServer(
      { purpose: "an aggregator" },
      {
        ...(modules.health && { health: modules.health }),
        answer: (request, response) => this.#answer(request, response),
        onFailure: (request, response, error) => this.#refuse(request, response, error),
        onError: modules.onError,
      },
    );
  }

  /** Starts listening. @throws `PORT_IN_USE`, `LISTEN_FAILED`. */
  async listen(place: ListenPlace): Promise<void> {
    await this.#server.listen(place);
  }

  /** Stops at once: requests under way fail at the client. */
  async close(): Promise<void> {
    await this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").split("?", 1)[0];
    if (path !== RECEIPTS_PATH) {
      this.#modules.blocks.answer(request, response);
      return;
    }
    if (request.method !== "POST") {
      throw new BaseError("RECEIPTS_NO_ROUTE", `Receipts are asked for with POST ${RECEIPTS_PATH}.`);
    }
    const text = await readBody(request);
    sendJson(response, 200, await this.#modules.issuer.issue(parsed(text)));
  }

  #refuse(request: IncomingMessage, response: ServerResponse, cause: unknown): void {
    const code = cause instanceof BaseError ? cause.code : "RECEIPT_FAILED";
    const status = STATUS_OF_CODE[code] ?? 500;
    if (status === 500) this.#modules.onError(cause);
    if (response.headersSent || response.destroyed) return;
    // What is left of a refused body is not read, so the connection cannot be used again.
    if (!request.complete) response.setHeader("connection", "close");
    const message = cause instanceof BaseError ? cause.shortMessage : "The aggregator failed.";
    sendJson(response, status, { error: code, message });
  }
}

function parsed(text: string) {
  try {
    return readReceiptRequest(text);
  } catch (cause) {
    throw new BaseError("RECEIPT_MALFORMED", "This is no request for a receipt.", { cause });
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  // The stream stays open after a refusal, or the answer could not be sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_RECEIPT_BYTES) {
      throw new BaseError("RECEIPT_TOO_LARGE", `A request has at most ${MOST_RECEIPT_BYTES} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
