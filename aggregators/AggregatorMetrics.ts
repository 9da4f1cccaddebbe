import type { Registry } from "prom-client";

import { DURATION_BUCKETS, type MetricDefinitions } from "../reports/metrics/MetricDefinition.ts";
import { MetricSet } from "../reports/metrics/MetricSet.ts";
import type { AggregatorEvent } from "./AggregatorEvent.ts";

/** What aggregators tell for Prometheus: of all tasks together. */
export const AGGREGATOR_METRICS = {
  freshet_aggregator_aggregation_duration_seconds: {
    kind: "histogram",
    help: "How long it took to derive a round's aggregate",
    labels: {},
    buckets: DURATION_BUCKETS,
  },
  freshet_aggregator_commitments_total: {
    kind: "counter",
    help: "Commitments to what was derived",
    labels: {},
  },
  freshet_aggregator_attestations_total: { kind: "counter", help: "Attestations sent", labels: {} },
  freshet_aggregator_disagreements_total: {
    kind: "counter",
    help: "Times that others attested another aggregate than was derived here",
    labels: {},
  },
  freshet_aggregator_abstentions_total: {
    kind: "counter",
    help: "Tasks that an aggregator stayed away from",
    labels: {},
  },
  freshet_aggregator_updates_accepted_total: {
    kind: "counter",
    help: "Updates that aggregates were made of",
    labels: {},
  },
  freshet_aggregator_updates_refused_total: {
    kind: "counter",
    help: "Updates that were left out, by why",
    labels: { error: "code of the error with which the update was refused" },
  },
  freshet_aggregator_score_ratio: {
    kind: "gauge",
    help: "Score of the model that was aggregated last, whichever task's, 0 to 1",
    labels: {},
  },
} as const satisfies MetricDefinitions;

/** Counts what aggregators tell. */
export class AggregatorMetrics {
  readonly #metrics: MetricSet<typeof AGGREGATOR_METRICS>;

  constructor(registry: Registry) {
    this.#metrics = new MetricSet(AGGREGATOR_METRICS, registry);
  }

  readonly hear = (event: AggregatorEvent): void => {
    const metrics = this.#metrics;
    switch (event.type) {
      case "aggregated": {
        const accepted = Object.values(event.accepted).reduce((sum, count) => sum + count, 0);
        metrics.observe("freshet_aggregator_aggregation_duration_seconds", {}, event.milliseconds / 1000);
        metrics.add("freshet_aggregator_updates_accepted_total", {}, accepted);
        metrics.set("freshet_aggregator_score_ratio", {}, event.accuracy);
        break;
      }
      case "left-out":
        metrics.add("freshet_aggregator_updates_refused_total", { error: event.code });
        break;
      case "abstained":
        metrics.add("freshet_aggregator_abstentions_total", {});
        break;
      case "committed":
        metrics.add("freshet_aggregator_commitments_total", {});
        break;
      case "attested":
        metrics.add("freshet_aggregator_attestations_total", {});
        break;
      case "differed":
        metrics.add("freshet_aggregator_disagreements_total", {});
        break;
      case "trouble":
        break;
      default:
        event satisfies never;
    }
  };
}
