import { collectDefaultMetrics, Registry } from "prom-client";

import type { MetricDefinitions } from "./MetricDefinition.ts";
import { MetricSet } from "./MetricSet.ts";

/** The parts that tell metrics. */
export const PART_NAMES = ["worker", "aggregator", "relay", "storage", "service", "market", "page"] as const;
export type PartName = (typeof PART_NAMES)[number];

/** Something that a part tells. */
export interface CountedEvent {
  readonly type: string;
  readonly error?: unknown;
}

/** How a part is, as its metrics tell it. */
export interface MeasuredHealth {
  readonly ok: boolean;
  readonly chains?: Readonly<Record<string, { ok?: unknown; block?: unknown }>> | undefined;
}

const PART = `${PART_NAMES.slice(0, -1).join(", ")} or ${PART_NAMES.at(-1)}`;
const EVENT = "type of the event, as in the part's log";
const ERROR = "code of the error, UNKNOWN where it has none";
const CHAIN = "name of the chain, of the network file";

/** What every part tells, whatever it does. */
export const PART_METRICS = {
  freshet_part_healthy: {
    kind: "gauge",
    help: "Whether the part can do its work, as /health says",
    labels: { part: PART },
  },
  freshet_part_chain_up: {
    kind: "gauge",
    help: "Whether an endpoint of the chain answers the part",
    labels: { part: PART, chain: CHAIN },
  },
  freshet_part_chain_block: {
    kind: "gauge",
    help: "Newest block of the chain that the part has read; left out where it does not know",
    labels: { part: PART, chain: CHAIN },
  },
  freshet_part_events_total: {
    kind: "counter",
    help: "What the part told, by the type of event",
    labels: { part: PART, event: EVENT },
  },
  freshet_part_last_event_timestamp_seconds: {
    kind: "gauge",
    help: "When the part last told of an event of a type, Unix time",
    labels: { part: PART, event: EVENT },
  },
  freshet_part_errors_total: {
    kind: "counter",
    help: "Errors that the part went on after, by code",
    labels: { part: PART, error: ERROR },
  },
  freshet_part_last_error_timestamp_seconds: {
    kind: "gauge",
    help: "When the part last met an error of a code, Unix time",
    labels: { part: PART, error: ERROR },
  },
} as const satisfies MetricDefinitions;

/** What the parts of a process tell, for Prometheus: what all have in common, and the process's own figures. */
export class PartMetrics {
  readonly registry = new Registry();
  readonly #now: () => number;
  readonly #metrics = new MetricSet(PART_METRICS, this.registry);
  readonly #healths = new Map<PartName, () => MeasuredHealth>();

  /**
   * @param modules - `now`: the time, Unix ms.
   * @param options - `process`: whether the process's own figures are told, which once a process is enough for: it keeps
   * measuring them. Default: true.
   */
  constructor(modules: { now: () => number }, { process = true }: { process?: boolean } = {}) {
    this.#now = modules.now;
    if (process) collectDefaultMetrics({ register: this.registry });
    const chains = () =>
      [...this.#healths].flatMap(([part, health]) =>
        Object.entries(health().chains ?? {}).map(([chain, told]) => ({ labels: { part, chain }, told })),
      );
    this.#metrics.collect("freshet_part_healthy", () =>
      [...this.#healths].map(([part, health]) => [{ part }, health().ok ? 1 : 0] as const),
    );
    this.#metrics.collect("freshet_part_chain_up", () =>
      chains().map(({ labels, told }) => [labels, told.ok === true ? 1 : 0] as const),
    );
    this.#metrics.collect("freshet_part_chain_block", () =>
      chains().flatMap(({ labels, told }) =>
        typeof told.block === "number" ? [[labels, told.block] as const] : [],
      ),
    );
  }

  /** Has a part's health told with the rest. */
  tellHealth(part: PartName, health: () => MeasuredHealth): void {
    this.#healths.set(part, health);
  }

  /** Counts what a part tells. */
  hear(part: PartName, { type, error }: CountedEvent): void {
    const labels = { part, event: type };
    this.#metrics.add("freshet_part_events_total", labels);
    this.#metrics.set("freshet_part_last_event_timestamp_seconds", labels, this.#now() / 1000);
    if (error !== undefined || type === "trouble") this.trouble(part, error);
  }

  /** Counts an error. */
  trouble(part: PartName, error: unknown): void {
    const labels = { part, error: errorCode(error) };
    this.#metrics.add("freshet_part_errors_total", labels);
    this.#metrics.set("freshet_part_last_error_timestamp_seconds", labels, this.#now() / 1000);
  }
}

/** The code of an error, as labels have it. */
export function errorCode(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" && code !== "" ? code : "UNKNOWN";
}
