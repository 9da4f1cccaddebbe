import { AGGREGATOR_METRICS } from "../../aggregators/AggregatorMetrics.ts";
import { PAGE_METRICS } from "../../dashboard/server/PageMetrics.ts";
import { RELAY_METRICS } from "../../relay/RelayMetrics.ts";
import type { MetricDefinitions } from "../../reports/metrics/MetricDefinition.ts";
import { PART_METRICS } from "../../reports/metrics/PartMetrics.ts";
import { WORKER_METRICS } from "../../workers/WorkerMetrics.ts";
import { STORAGE_METRICS } from "../StorageMetrics.ts";

/** All metrics of Freshet's own, by who tells them. */
export const METRIC_CATALOGUE: readonly {
  /** Between `freshet_` and what is measured. */
  readonly parts: readonly string[];
  readonly title: string;
  readonly definitions: MetricDefinitions;
}[] = [
  { parts: ["part"], title: "Every part", definitions: PART_METRICS },
  { parts: ["worker"], title: "Workers", definitions: WORKER_METRICS },
  { parts: ["aggregator"], title: "Aggregators", definitions: AGGREGATOR_METRICS },
  {
    parts: ["validator", "relayer", "relay", "keeper"],
    title: "Relay: validators, relayer, keeper",
    definitions: RELAY_METRICS,
  },
  { parts: ["storage"], title: "Storage", definitions: STORAGE_METRICS },
  { parts: ["page"], title: "The page", definitions: PAGE_METRICS },
];
