import type { Registry } from "prom-client";

import type { MetricDefinitions } from "../reports/metrics/MetricDefinition.ts";
import { MetricSet } from "../reports/metrics/MetricSet.ts";
import type { StorageEvent } from "./StorageService.ts";

const STATUS = { status: "HTTP status of the answer" };

/** What storage tells for Prometheus: no digest and no writer makes a series of its own. */
export const STORAGE_METRICS = {
  freshet_storage_blocks_served_total: { kind: "counter", help: "Blocks given to readers", labels: {} },
  freshet_storage_served_bytes_total: {
    kind: "counter",
    help: "Bytes of blocks given to readers",
    labels: {},
  },
  freshet_storage_blocks_stored_total: { kind: "counter", help: "Blocks taken from writers", labels: {} },
  freshet_storage_stored_bytes_total: {
    kind: "counter",
    help: "Bytes of blocks taken from writers",
    labels: {},
  },
  freshet_storage_requests_refused_total: {
    kind: "counter",
    help: "Requests refused, such as for what is not here",
    labels: STATUS,
  },
  freshet_storage_requests_failed_total: {
    kind: "counter",
    help: "Requests that failed here, such as over a quota or on a full disk",
    labels: STATUS,
  },
  freshet_storage_removed_files_total: {
    kind: "counter",
    help: "Files removed, or unpinned, as no task needs them any more",
    labels: {},
  },
  freshet_storage_removed_bytes_total: { kind: "counter", help: "Bytes of those", labels: {} },
  freshet_storage_held_bytes: { kind: "gauge", help: "Bytes that writers have had kept", labels: {} },
  freshet_storage_held_files: { kind: "gauge", help: "Files that writers have had kept", labels: {} },
} as const satisfies MetricDefinitions;

/** Who has had how much kept. */
interface Held {
  writers(): readonly { files: number; bytes: number }[];
}

/** Counts what storage tells. */
export class StorageMetrics {
  readonly #metrics: MetricSet<typeof STORAGE_METRICS>;

  constructor(registry: Registry) {
    this.#metrics = new MetricSet(STORAGE_METRICS, registry);
  }

  /** Has what is held told with the rest. */
  tellHeld(held: Held): void {
    const sum = (of: "files" | "bytes") => held.writers().reduce((all, writer) => all + writer[of], 0);
    this.#metrics.collect("freshet_storage_held_files", () => [[{}, sum("files")]]);
    this.#metrics.collect("freshet_storage_held_bytes", () => [[{}, sum("bytes")]]);
  }

  readonly hear = (event: StorageEvent): void => {
    const metrics = this.#metrics;
    switch (event.type) {
      case "blockServed":
        metrics.add("freshet_storage_blocks_served_total", {});
        metrics.add("freshet_storage_served_bytes_total", {}, event.bytes);
        break;
      case "blockStored":
        metrics.add("freshet_storage_blocks_stored_total", {});
        metrics.add("freshet_storage_stored_bytes_total", {}, event.bytes);
        break;
      case "requestRefused":
        metrics.add("freshet_storage_requests_refused_total", { status: String(event.status) });
        break;
      case "requestFailed":
        metrics.add("freshet_storage_requests_failed_total", { status: String(event.status) });
        break;
      case "storageCleaned":
        metrics.add("freshet_storage_removed_files_total", {}, event.cleaned.digests);
        metrics.add("freshet_storage_removed_bytes_total", {}, event.cleaned.bytes);
        break;
      case "storageTrouble":
        break;
      default:
        event satisfies never;
    }
  };
}
