import { Counter, Gauge, Registry } from "prom-client";

import type { RelayEvent } from "./RelayEvent.ts";
import type { RelayerStore } from "./store/RelayerStore.ts";

/** Counts what a relay's services tell, for Prometheus. */
export class RelayMetrics {
  readonly registry = new Registry();
  readonly #signed = this.#counter(
    "freshet_checkpoints_signed_total",
    "Checkpoints signed and blocks attested",
    ["chain", "validator"],
  );
  readonly #sent = this.#counter("freshet_messages_sent_total", "Messages found in outboxes", ["chain"]);
  readonly #delivered = this.#counter(
    "freshet_messages_delivered_total",
    "Deliveries found on chains; own are this relayer's",
    ["chain", "origin", "own"],
  );
  readonly #announced = this.#counter(
    "freshet_announcements_total",
    "Messages that gateways announced again, as their receipts were too large to prove them by; own are this relayer's doing",
    ["chain", "own"],
  );
  readonly #failed = this.#counter(
    "freshet_delivery_failures_total",
    "Attempts that failed before a transaction",
    ["chain", "error"],
  );
  readonly #submitted = this.#counter(
    "freshet_submissions_total",
    "Transactions signed, higher bids included",
    ["chain"],
  );
  readonly #gas = this.#counter("freshet_gas_used_total", "Gas of own transactions", ["chain", "wasted"]);
  readonly #fees = this.#counter("freshet_fees_gwei_total", "Fees of own transactions, gwei", ["chain"]);
  readonly #reorganized = this.#counter("freshet_reorganizations_total", "Reorganizations followed", [
    "chain",
    "by",
  ]);
  readonly #contradictions = this.#counter(
    "freshet_contradictions_total",
    "Contradictions that enough validators signed: two roots for one index, or two blocks that are not of one chain",
    ["chain"],
  );
  readonly #differing = this.#counter(
    "freshet_endpoint_differences_total",
    "Answers of an endpoint that began to differ from what enough others say, which validators go by",
    ["chain", "endpoint"],
  );
  readonly #trouble = this.#counter("freshet_trouble_total", "Errors that the services went on after", [
    "chain",
    "error",
  ]);

  /** @param store - Asked for what is open whenever the metrics are read; left out where no relayer runs. */
  constructor(store: RelayerStore | undefined) {
    if (store === undefined) return;
    const open = new Gauge({
      name: "freshet_messages_open",
      help: "Messages not delivered, of the network, of strangers to it, and others",
      labelNames: ["origin", "destination", "lane", "failing"],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const { origin, destination, lane, open, failing } of store.routes.counts()) {
          const labels = { origin: String(origin), destination: String(destination ?? "none"), lane };
          this.set({ ...labels, failing: "yes" }, failing);
          this.set({ ...labels, failing: "no" }, open - failing);
        }
      },
    });
    open.reset();
  }

  readonly listen = (event: RelayEvent): void => {
    switch (event.type) {
      case "vouched":
        this.#signed.inc({ chain: event.chain, validator: event.validator });
        break;
      case "message-sent":
        this.#sent.inc({ chain: event.chain });
        break;
      case "message-hidden":
        this.#failed.inc({ chain: event.chain, error: event.error.code });
        break;
      case "message-announced":
        this.#announced.inc({ chain: event.chain, own: event.own ? "yes" : "no" });
        break;
      case "message-delivered":
        this.#delivered.inc({ chain: event.chain, origin: event.origin, own: event.own ? "yes" : "no" });
        break;
      case "delivery-failed":
        this.#failed.inc({ chain: event.chain, error: event.error.code });
        break;
      case "submission-sent":
        this.#submitted.inc({ chain: event.chain });
        break;
      case "submission-mined":
        this.#gas.inc({ chain: event.chain, wasted: event.wasted ? "yes" : "no" }, Number(event.gasUsed));
        this.#fees.inc({ chain: event.chain }, Number(event.fee / 1_000_000_000n));
        break;
      case "contradiction-found":
        this.#contradictions.inc({ chain: event.chain });
        break;
      case "endpoint-differs":
        this.#differing.inc({ chain: event.chain, endpoint: event.endpoint });
        break;
      case "chain-reorganized":
        this.#reorganized.inc({ chain: event.chain, by: event.by });
        break;
      case "trouble":
        this.#trouble.inc({ chain: event.chain, error: codeOf(event.error) });
        break;
      case "commits-closed":
      case "round-closed":
      case "epoch-settled":
      case "task-expired":
        break;
      default:
        event satisfies never;
    }
  };

  #counter<T extends string>(name: string, help: string, labelNames: T[]): Counter<T> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? "UNKNOWN");
}
