import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

import { type Clock, systemClock } from "./Clock.ts";
import { listenError } from "./listenError.ts";
import { PeerLimit } from "./PeerLimit.ts";

/** What one address may ask. A relayer asks a validator a few times a second for each route on which something waits. */
export const PEER_LIMIT = { perSecond: 500, burst: 1000 };
/** Most connections at a time, in all and of one address; a further one is cut at once. */
export const MOST_CONNECTIONS = { all: 4096, ofAnAddress: 512 };
/** How long a request may take to come in, and how long a connection may say nothing before it, milliseconds. */
const REQUEST_MILLISECONDS = 5000;
/** How often connections are looked at for that, milliseconds. */
const CHECK_MILLISECONDS = 1000;
/** How long an answer may take until the client has all of it, milliseconds. */
const ANSWER_MILLISECONDS = 30_000;
/** Most bytes of a request's headers. */
const HEADER_BYTES = 4096;

/** Answers a request. What it throws is answered by `onFailure`. */
export type BoundedAnswer = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** What a bounded server works with. */
export interface BoundedServerModules {
  answer: BoundedAnswer;
  /** Answers a request that failed, if it still can be. */
  onFailure: (request: IncomingMessage, response: ServerResponse, error: unknown) => void;
  /** Told what goes wrong with the server itself once it listens. */
  onError?: (error: unknown) => void;
  clock?: Clock;
}

/**
 * An HTTP server that strangers reach: no address can have all of its connections or
 * its time, and nobody keeps one without asking or without reading the answer.
 */
export class BoundedServer {
  readonly #purpose: string;
  readonly #modules: BoundedServerModules;
  readonly #server: Server;
  readonly #limit: PeerLimit;
  /** Connections of each address that has any. */
  readonly #connections = new Map<string, number>();

  /** @param options - `purpose` names it in errors, such as "the relay". */
  constructor({ purpose }: { purpose: string }, modules: BoundedServerModules) {
    this.#purpose = purpose;
    this.#modules = modules;
    this.#limit = new PeerLimit(PEER_LIMIT, { clock: modules.clock ?? systemClock });
    const bounds = {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: REQUEST_MILLISECONDS,
      requestTimeout: REQUEST_MILLISECONDS,
      connectionsCheckingInterval: CHECK_MILLISECONDS,
    };
    this.#server = createServer(bounds, (request, response) => {
      this.#answer(request, response).catch((error: unknown) => modules.onFailure(request, response, error));
    });
    this.#server.maxConnections = MOST_CONNECTIONS.all;
    this.#server.on("connection", (socket) => this.#count(socket));
  }

  /** Starts listening. @throws `PORT_IN_USE`, `LISTEN_FAILED`. */
  async listen({ host, port }: { host: string; port: number }): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const fail = (cause: NodeJS.ErrnoException) =>
        reject(listenError({ host, port, purpose: this.#purpose }, cause));
      this.#server.once("error", fail);
      this.#server.listen(port, host, () => {
        this.#server.off("error", fail);
        // Such as too many open files: a connection is lost, the server goes on.
        this.#server.on("error", (error) => this.#modules.onError?.(error));
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

  #count(socket: Socket): void {
    const address = socket.remoteAddress ?? "";
    const count = this.#connections.get(address) ?? 0;
    if (count >= MOST_CONNECTIONS.ofAnAddress) {
      socket.destroy();
      return;
    }
    this.#connections.set(address, count + 1);
    socket.once("close", () => {
      const left = this.#connections.get(address)! - 1;
      if (left === 0) this.#connections.delete(address);
      else this.#connections.set(address, left);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const timer = setTimeout(() => request.socket.destroy(), ANSWER_MILLISECONDS).unref();
    response.once("close", () => clearTimeout(timer));
    if (!this.#limit.take(request.socket.remoteAddress ?? "")) {
      const message = `An address may ask ${PEER_LIMIT.perSecond} times a second.`;
      // The request's body is not read, so the connection cannot be used again.
      if (!request.complete) response.setHeader("connection", "close");
      return sendJson(response, 429, { error: "TOO_MANY_REQUESTS", message });
    }
    await this.#modules.answer(request, response);
  }
}

/** Answers with JSON, unless an answer has begun or nobody is there any more. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  response.writeHead(status, headers).end(`${JSON.stringify(body)}\n`);
}
