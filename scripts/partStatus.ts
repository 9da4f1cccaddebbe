import { isIP } from "node:net";

import { BaseError } from "../protocol/BaseError.ts";
import { systemClock } from "../protocol/Clock.ts";
import type { HealthSource } from "../protocol/PartHealth.ts";
import type { ListenPlace } from "../protocol/ServerTls.ts";
import { StatusServer } from "../protocol/StatusServer.ts";
import { type CountedEvent, PartMetrics, type PartName } from "../reports/metrics/PartMetrics.ts";
import { wholeNumber } from "./settings.ts";

/** Options that say where a part tells its health and metrics. */
export interface StatusOptions {
  metricsPort?: string;
  metricsHost?: string;
}

/** Where a part tells of itself unless told otherwise: this machine only. */
const OWN_MACHINE = "127.0.0.1";

/** The options of health and metrics, of every command that starts a part. */
export const METRICS_PORT_OPTION = [
  "--metrics-port <port>",
  "serve /health and /metrics (Prometheus) there; nowhere unless given",
] as const;
export const METRICS_HOST_OPTION = [
  "--metrics-host <address>",
  "the address to bind for that",
  OWN_MACHINE,
] as const;

/** Where health and metrics are served, if they are. @throws `OPTION_INVALID`. */
export function statusPlace({
  metricsPort,
  metricsHost = OWN_MACHINE,
}: StatusOptions): ListenPlace | undefined {
  if (metricsPort === undefined) return undefined;
  if (isIP(metricsHost) === 0) {
    throw new BaseError("OPTION_INVALID", "--metrics-host takes an IP address of this machine.", {
      details: `It was given ${JSON.stringify(metricsHost)}.`,
    });
  }
  return { host: metricsHost, port: wholeNumber(metricsPort, "--metrics-port", 1, 65_535) };
}

/** A part's health and metrics, told where its options say. */
export class PartStatus {
  readonly metrics = new PartMetrics({ now: () => systemClock.now() });
  readonly #part: PartName;
  readonly #place: ListenPlace | undefined;
  #server: StatusServer | undefined;

  /** @param part - Its name in metrics. @throws `OPTION_INVALID`. */
  constructor(part: PartName, options: StatusOptions) {
    this.#part = part;
    this.#place = statusPlace(options);
  }

  /** Counts what the part tells. */
  readonly hear = (event: CountedEvent): void => this.metrics.hear(this.#part, event);

  /** Begins to tell, if it was asked for. @throws `PORT_IN_USE`, `LISTEN_FAILED`. */
  async listen(health: HealthSource): Promise<void> {
    this.metrics.tellHealth(this.#part, health);
    if (this.#place === undefined) return;
    const server = new StatusServer({ health, metrics: this.metrics.registry });
    await server.listen(this.#place);
    this.#server = server;
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}
