import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import type { Registry } from "prom-client";

import { type Clock, systemClock } from "../protocol/Clock.ts";
import { listenError } from "../protocol/listenError.ts";
import { PeerLimit } from "./PeerLimit.ts";
import { PROOF_SCHEMES } from "./proofs/proofSchemes.ts";
import type { VoucherSource } from "./proofs/VoucherSource.ts";

/** What one address may ask. A relayer asks a validator a few times a second for each route on which something waits. */
export const PEER_LIMIT = { perSecond: 500, burst: 1000 };
/** Most connections at a time. */
const MOST_CONNECTIONS = 512;
/** How long a request may take to come in, milliseconds. */
const REQUEST_MILLISECONDS = 5000;
/** Most bytes of a request's headers; none has a body. */
const HEADER_BYTES = 4096;

/** How a relay is. */
export interface RelayHealth {
  /** False when a chain has not answered for a while. */
  ok: boolean;
  /** Seconds since each chain was last read, by name; null before the first time. */
  chains: Record<string, { secondsSinceRead: number | null; block: number | null }>;
}

const SCHEMES = new Map(Object.values(PROOF_SCHEMES).map((scheme) => [scheme.wire.path, scheme]));
const ROUTES = `GET ${[
  ...[...SCHEMES.values()].map(
    ({ wire: { path, from } }) => `/${path}/{validator}/{chain id}/{gateway}?from={${from}}`,
  ),
  "/health",
  "/metrics",
].join(", ")}`;

/** Gives validators' signatures to relayers, health to supervisors and metrics to Prometheus. Reads only. */
export class RelayServer {
  readonly #options: { host: string; port: number };
  readonly #sources: ReadonlyMap<string, VoucherSource>;
  readonly #registry: Registry;
  readonly #health: () => RelayHealth;
  readonly #server: Server;
  readonly #limit: PeerLimit;

  constructor(
    options: { host: string; port: number },
    modules: {
      sources: readonly VoucherSource[];
      registry: Registry;
      health: () => RelayHealth;
      clock?: Clock;
    },
  ) {
    this.#options = options;
    this.#sources = new Map(modules.sources.map((source) => [source.validator.toLowerCase(), source]));
    this.#registry = modules.registry;
    this.#health = modules.health;
    this.#limit = new PeerLimit(PEER_LIMIT, { clock: modules.clock ?? systemClock });
    const bounds = {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: REQUEST_MILLISECONDS,
      requestTimeout: REQUEST_MILLISECONDS,
      connectionsCheckingInterval: REQUEST_MILLISECONDS,
    };
    this.#server = createServer(bounds, (request, response) => {
      this.#answer(request, response).catch((error: unknown) =>
        send(response, 500, { error: "INTERNAL", message: String(error) }),
      );
    });
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  /** Starts listening. @throws `PORT_IN_USE`, `LISTEN_FAILED`. */
  async listen(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause: NodeJS.ErrnoException) => {
        reject(listenError({ host, port, purpose: "the relay" }, cause));
      });
      this.#server.listen(port, host, resolve);
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#limit.take(request.socket.remoteAddress ?? "")) {
      const message = `An address may ask ${PEER_LIMIT.perSecond} times a second.`;
      return send(response, 429, { error: "TOO_MANY_REQUESTS", message });
    }
    // Put behind the origin, not resolved against it: a path may begin with two slashes.
    const url = new URL(`http://relay${request.url?.startsWith("/") ? request.url : "/"}`);
    if (request.method !== "GET")
      return send(response, 405, { error: "METHOD", message: `There are: ${ROUTES}.` });
    if (url.pathname === "/health") {
      const health = this.#health();
      return send(response, health.ok ? 200 : 503, health);
    }
    if (url.pathname === "/metrics") {
      const text = await this.#registry.metrics();
      response.writeHead(200, { "content-type": this.#registry.contentType }).end(text);
      return;
    }
    const [, room = "", validator = "", chain = "", gateway = ""] = url.pathname.split("/");
    const from = Number(url.searchParams.get("from") ?? 0);
    const scheme = SCHEMES.get(room);
    if (
      scheme === undefined ||
      !/^\d+$/.test(chain) ||
      !/^0x[0-9a-f]{40}$/i.test(gateway) ||
      !Number.isSafeInteger(from)
    ) {
      return send(response, 404, { error: "NO_ROUTE", message: `There are: ${ROUTES}.` });
    }
    const source = this.#sources.get(validator.toLowerCase());
    if (source === undefined) {
      return send(response, 404, {
        error: "NO_VALIDATOR",
        message: `Validator ${validator} does not sign here.`,
      });
    }
    const vouchers = await source.vouchers(scheme.kind, BigInt(chain), gateway, from);
    send(response, 200, vouchers.map(scheme.wire.write));
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) return;
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
}
