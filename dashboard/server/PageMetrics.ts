import type { Registry } from "prom-client";

import { DURATION_BUCKETS, type MetricDefinitions } from "../../reports/metrics/MetricDefinition.ts";
import { MetricSet } from "../../reports/metrics/MetricSet.ts";
import type { PageEvent } from "./PageEvent.ts";

const CHAIN = "name of the chain, of the network file";

/** What a page's server tells for Prometheus. */
export const PAGE_METRICS = {
  freshet_page_answers_total: {
    kind: "counter",
    help: "Questions answered, refusals among them",
    labels: { status: "HTTP status of the answer" },
  },
  freshet_page_answer_duration_seconds: {
    kind: "histogram",
    help: "How long an answer took",
    labels: {},
    // Most are of memory.
    buckets: [0.005, 0.025, ...DURATION_BUCKETS.filter((seconds) => seconds <= 30)],
  },
  freshet_page_viewers: { kind: "gauge", help: "Who looks on now", labels: {} },
  freshet_page_viewers_dropped_total: {
    kind: "counter",
    help: "Viewers that were dropped, as they read too little",
    labels: {},
  },
  freshet_page_connections: { kind: "gauge", help: "Connections that are open", labels: {} },
  freshet_page_held_tasks: { kind: "gauge", help: "Tasks that are kept in memory", labels: {} },
  freshet_page_left_out_tasks: {
    kind: "gauge",
    help: "Tasks that are not kept, as there are too many",
    labels: {},
  },
  freshet_page_held_messages: { kind: "gauge", help: "Messages that are kept in memory", labels: {} },
  freshet_page_branches_replaced_total: {
    kind: "counter",
    help: "Branches of a chain that were shown and were replaced by others",
    labels: { chain: CHAIN },
  },
  freshet_page_audits_total: {
    kind: "counter",
    help: "Audits that viewers asked for, by what came of them",
    labels: { outcome: "holds, fails, unexamined, or failed where it could not be made" },
  },
} as const satisfies MetricDefinitions;

/** What a page's server holds, as its metrics tell it. */
export interface MeasuredPage {
  readonly viewers: number;
  readonly connections: number;
  readonly tasks: number;
  readonly droppedTasks: number;
  readonly messages: number;
}

/** Counts what a page's server tells. */
export class PageMetrics {
  readonly #metrics: MetricSet<typeof PAGE_METRICS>;

  /** @param chains - Names of the network's chains. */
  constructor(registry: Registry, { chains }: { chains: readonly string[] }) {
    this.#metrics = new MetricSet(PAGE_METRICS, registry);
    this.#metrics.add("freshet_page_viewers_dropped_total", {}, 0);
    for (const chain of chains) this.#metrics.add("freshet_page_branches_replaced_total", { chain }, 0);
  }

  /** Has what is held told with the rest. */
  tellHeld(held: () => MeasuredPage): void {
    const metrics = this.#metrics;
    metrics.collect("freshet_page_viewers", () => [[{}, held().viewers]]);
    metrics.collect("freshet_page_connections", () => [[{}, held().connections]]);
    metrics.collect("freshet_page_held_tasks", () => [[{}, held().tasks]]);
    metrics.collect("freshet_page_left_out_tasks", () => [[{}, held().droppedTasks]]);
    metrics.collect("freshet_page_held_messages", () => [[{}, held().messages]]);
  }

  readonly hear = (event: PageEvent): void => {
    const metrics = this.#metrics;
    switch (event.type) {
      case "answered":
        metrics.add("freshet_page_answers_total", { status: String(event.status) });
        metrics.observe("freshet_page_answer_duration_seconds", {}, event.milliseconds / 1000);
        break;
      case "viewer-dropped":
        metrics.add("freshet_page_viewers_dropped_total", {});
        break;
      case "branch-replaced":
        metrics.add("freshet_page_branches_replaced_total", { chain: event.chain });
        break;
      case "audit-ended":
        metrics.add("freshet_page_audits_total", { outcome: event.outcome });
        break;
      case "trouble":
        break;
      default:
        event satisfies never;
    }
  };
}
