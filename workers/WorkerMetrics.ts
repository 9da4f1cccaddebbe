import type { Registry } from "prom-client";

import { DURATION_BUCKETS, type MetricDefinitions } from "../reports/metrics/MetricDefinition.ts";
import { MetricSet } from "../reports/metrics/MetricSet.ts";
import type { WorkerEvent } from "./WorkerEvent.ts";

/** Wei of a token: metrics are curves, and statements have the wei. */
const TOKEN = 1e18;

/** What workers tell for Prometheus: all of a process together, so that no task or worker makes a series of its own. */
export const WORKER_METRICS = {
  freshet_worker_tasks_arrived_total: {
    kind: "counter",
    help: "Tasks that arrived on subchains with workers here",
    labels: {},
  },
  freshet_worker_enrollments_total: { kind: "counter", help: "Enrolments in tasks", labels: {} },
  freshet_worker_abstentions_total: {
    kind: "counter",
    help: "Times that a worker stayed away from a task",
    labels: {},
  },
  freshet_worker_refreshes_total: { kind: "counter", help: "Refreshes that are in a block", labels: {} },
  freshet_worker_refreshes_skipped_total: {
    kind: "counter",
    help: "Refreshes that were due and were not made",
    labels: {},
  },
  freshet_worker_refreshes_empty_total: {
    kind: "counter",
    help: "Refreshes left out, as nothing had been sensed",
    labels: {},
  },
  freshet_worker_refresh_lateness_seconds: {
    kind: "histogram",
    help: "How long after it was due a refresh was in a block",
    labels: {},
    buckets: DURATION_BUCKETS,
  },
  freshet_worker_training_duration_seconds: {
    kind: "histogram",
    help: "How long a worker trained in a round",
    labels: {},
    buckets: DURATION_BUCKETS,
  },
  freshet_worker_updates_committed_total: { kind: "counter", help: "Updates committed to", labels: {} },
  freshet_worker_updates_revealed_total: { kind: "counter", help: "Updates revealed", labels: {} },
  freshet_worker_rounds_missed_total: {
    kind: "counter",
    help: "Rounds that a worker missed by an error",
    labels: {},
  },
  freshet_worker_rounds_sat_out_total: {
    kind: "counter",
    help: "Rounds that a worker sat out, as others were drawn for them",
    labels: {},
  },
  freshet_worker_claims_total: { kind: "counter", help: "Claims that were paid", labels: {} },
  freshet_worker_claims_unpaid_total: {
    kind: "counter",
    help: "Tasks that paid a worker nothing",
    labels: {},
  },
  freshet_worker_paid_tokens_total: {
    kind: "counter",
    help: "What claims paid, tokens, as far as a double goes",
    labels: {},
  },
  freshet_worker_lost_tokens_total: {
    kind: "counter",
    help: "What those claims would have paid more, had nothing been late or missed, tokens",
    labels: {},
  },
} as const satisfies MetricDefinitions;

/** Counts what workers tell. */
export class WorkerMetrics {
  readonly #metrics: MetricSet<typeof WORKER_METRICS>;

  constructor(registry: Registry) {
    this.#metrics = new MetricSet(WORKER_METRICS, registry);
  }

  readonly hear = (event: WorkerEvent): void => {
    const metrics = this.#metrics;
    switch (event.type) {
      case "task-arrived":
        metrics.add("freshet_worker_tasks_arrived_total", {});
        break;
      case "enrolled":
        metrics.add("freshet_worker_enrollments_total", {});
        break;
      case "abstained":
        metrics.add("freshet_worker_abstentions_total", {});
        break;
      case "refreshed":
        metrics.add("freshet_worker_refreshes_total", {});
        metrics.add("freshet_worker_refreshes_skipped_total", {}, event.skipped);
        metrics.observe("freshet_worker_refresh_lateness_seconds", {}, event.late / 1000);
        break;
      case "nothing-sensed":
        metrics.add("freshet_worker_refreshes_empty_total", {});
        break;
      case "trained":
        metrics.observe("freshet_worker_training_duration_seconds", {}, event.milliseconds / 1000);
        break;
      case "committed":
        metrics.add("freshet_worker_updates_committed_total", {});
        break;
      case "revealed":
        metrics.add("freshet_worker_updates_revealed_total", {});
        break;
      case "round-missed":
        metrics.add("freshet_worker_rounds_missed_total", {});
        break;
      case "claimed": {
        const { amount, possible = amount } = event;
        metrics.add("freshet_worker_claims_total", {});
        metrics.add("freshet_worker_paid_tokens_total", {}, Number(amount) / TOKEN);
        const lost = possible > amount ? possible - amount : 0n;
        metrics.add("freshet_worker_lost_tokens_total", {}, Number(lost) / TOKEN);
        break;
      }
      case "unpaid":
        metrics.add("freshet_worker_claims_unpaid_total", {});
        break;
      case "not-drawn":
        metrics.add("freshet_worker_rounds_sat_out_total", {});
        break;
      case "trouble":
        break;
      default:
        event satisfies never;
    }
  };
}
