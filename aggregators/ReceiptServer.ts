import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { BaseError } from "../protocol/BaseError.ts";
import { listenError } from "../protocol/listenError.ts";
import { MOST_RECEIPT_BYTES, RECEIPTS_PATH, readReceiptRequest } from "../protocol/receiptRequest.ts";
import type { BlockServer } from "../storage/BlockServer.ts";
import type { ReceiptIssuer } from "./ReceiptIssuer.ts";

/** How long a client has to send a request, milliseconds: longer ones are cut. */
const REQUEST_MILLISECONDS = 10_000;
/** Most connections at a time; a further one is cut at once. */
const MOST_CONNECTIONS = 4096;

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
  readonly #server: Server;

  constructor(modules: ReceiptServerModules) {
    this.#modules = modules;
    this.#server = createServer({ requestTimeout: REQUEST_MILLISECONDS }, (request, response) => {
      this.#answer(request, response).catch((error: unknown) => this.#refuse(request, response, error));
    });
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  /** Starts listening. @throws `PORT_IN_USE`, `LISTEN_FAILED`. */
  async listen({ host, port }: { host: string; port: number }): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const fail = (cause: NodeJS.ErrnoException) =>
        reject(listenError({ host, port, purpose: "an aggregator" }, cause));
      this.#server.once("error", fail);
      this.#server.listen(port, host, () => {
        this.#server.off("error", fail);
        this.#server.on("error", this.#modules.onError);
        resolve();
      });
    });
  }

  /** Stops at once: requests under way fail at the client. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
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
    send(response, 200, await this.#modules.issuer.issue(parsed(text)));
  }

  #refuse(request: IncomingMessage, response: ServerResponse, cause: unknown): void {
    const code = cause instanceof BaseError ? cause.code : "RECEIPT_FAILED";
    const status = STATUS_OF_CODE[code] ?? 500;
    if (status === 500) this.#modules.onError(cause);
    if (response.headersSent || response.destroyed) return;
    // What is left of a refused body is not read, so the connection cannot be used again.
    if (!request.complete) response.setHeader("connection", "close");
    const message = cause instanceof BaseError ? cause.shortMessage : "The aggregator failed.";
    send(response, status, { error: code, message });
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

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" }).end(text);
}
