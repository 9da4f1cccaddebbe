import type { IncomingMessage, ServerResponse } from "node:http";

import { BoundedServer, sendJson } from "../protocol/BoundedServer.ts";
import type { Clock } from "../protocol/Clock.ts";
import { METRICS_PATH, type MetricsSource } from "../protocol/PartHealth.ts";
import type { ListenPlace } from "../protocol/ServerTls.ts";
import { sendMetrics } from "../protocol/StatusServer.ts";
import { PROOF_SCHEMES } from "./proofs/proofSchemes.ts";
import type { VoucherSource } from "./proofs/VoucherSource.ts";

/** How a relay is. */
export interface RelayHealth {
  /** False when a chain has not answered for a while, or its endpoints do not agree on an answer. */
  ok: boolean;
  /** Seconds since each chain was last read, by name; null before the first time. */
  chains: Record<
    string,
    {
      secondsSinceRead: number | null;
      block: number | null;
      /** Of a chain whose endpoints are compared for validators: whether these get the answers that they need. */
      endpointsAgree?: boolean | undefined;
    }
  >;
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
  readonly #options: ListenPlace;
  readonly #sources: ReadonlyMap<string, VoucherSource>;
  readonly #metrics: MetricsSource | undefined;
  readonly #server: BoundedServer;

  constructor(
    options: ListenPlace,
    modules: {
      sources: readonly VoucherSource[];
      /** Left out where metrics are told elsewhere. */
      registry?: MetricsSource | undefined;
      health: () => RelayHealth;
      clock?: Clock;
    },
  ) {
    this.#options = options;
    this.#sources = new Map(modules.sources.map((source) => [source.validator.toLowerCase(), source]));
    this.#metrics = modules.registry;
    const { clock, health } = modules;
    this.#server = new BoundedServer(
      { purpose: "the relay" },
      {
        health,
        answer: (request, response) => this.#answer(request, response),
        onFailure: (_, response, error) =>
          sendJson(response, 500, { error: "INTERNAL", message: String(error) }),
        ...(clock === undefined ? {} : { clock }),
      },
    );
  }

  /** Starts listening. @throws `PORT_IN_USE`, `LISTEN_FAILED`. */
  async listen(): Promise<void> {
    await this.#server.listen(this.#options);
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Put behind the origin, not resolved against it: a path may begin with two slashes.
    const url = new URL(`http://relay${request.url?.startsWith("/") ? request.url : "/"}`);
    if (request.method !== "GET")
      return sendJson(response, 405, { error: "METHOD", message: `There are: ${ROUTES}.` });
    if (url.pathname === METRICS_PATH && this.#metrics !== undefined)
      return sendMetrics(response, this.#metrics);
    const [, room = "", validator = "", chain = "", gateway = ""] = url.pathname.split("/");
    const from = Number(url.searchParams.get("from") ?? 0);
    const scheme = SCHEMES.get(room);
    if (
      scheme === undefined ||
      !/^\d+$/.test(chain) ||
      !/^0x[0-9a-f]{40}$/i.test(gateway) ||
      !Number.isSafeInteger(from)
    ) {
      return sendJson(response, 404, { error: "NO_ROUTE", message: `There are: ${ROUTES}.` });
    }
    const source = this.#sources.get(validator.toLowerCase());
    if (source === undefined) {
      return sendJson(response, 404, {
        error: "NO_VALIDATOR",
        message: `Validator ${validator} does not sign here.`,
      });
    }
    const vouchers = await source.vouchers(scheme.kind, BigInt(chain), gateway, from);
    sendJson(response, 200, vouchers.map(scheme.wire.write));
  }
}
