import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { BoundedServer, sendJson } from "./BoundedServer.ts";
import type { Clock } from "./Clock.ts";
import { type HealthSource, METRICS_PATH, type MetricsSource } from "./PartHealth.ts";
import type { ListenPlace } from "./ServerTls.ts";

/**
 * Tells how a part is (`/health`) and what is measured of it (`/metrics`), to supervisors and Prometheus. Reads only. Every
 * other server tells its part's health as well; this one is for parts without, and for what strangers need not know.
 */
export class StatusServer {
  readonly #server: BoundedServer;

  constructor(modules: { health: HealthSource; metrics: MetricsSource; clock?: Clock }) {
    const { health, metrics, clock } = modules;
    this.#server = new BoundedServer(
      { purpose: "metrics" },
      {
        health,
        answer: async (request, response) => {
          const path = (request.url ?? "").split("?", 1)[0];
          if (path === METRICS_PATH && request.method === "GET") return sendMetrics(response, metrics);
          sendJson(response, 404, { error: "NO_ROUTE", message: "There are: GET /health, /metrics." });
        },
        onFailure: (_, response, error) =>
          sendJson(response, 500, { error: "INTERNAL", message: String(error) }),
        ...(clock === undefined ? {} : { clock }),
      },
    );
  }

  /** Starts listening; returns where. @throws `PORT_IN_USE`, `LISTEN_FAILED`. */
  async listen(place: ListenPlace): Promise<AddressInfo> {
    return this.#server.listen(place);
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}

/** Answers with what is measured. */
export async function sendMetrics(response: ServerResponse, metrics: MetricsSource): Promise<void> {
  const text = await metrics.metrics();
  response.writeHead(200, { "content-type": metrics.contentType }).end(text);
}
