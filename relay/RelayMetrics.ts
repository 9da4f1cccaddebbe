import type { Registry } from "prom-client";

import type { MetricDefinitions } from "../reports/metrics/MetricDefinition.ts";
import { MetricSet, OTHER } from "../reports/metrics/MetricSet.ts";
import { errorCode } from "../reports/metrics/PartMetrics.ts";
import type { RelayEvent } from "./RelayEvent.ts";
import type { RelayerStore } from "./store/RelayerStore.ts";

/** Wei of a chain's coin. */
const COIN = 1e18;

const CHAIN = "name of the chain, of the network file";
const OWN = "yes when it was this relayer's doing";

/** What validators, relayer and keeper tell for Prometheus: no message or task makes a series of its own. */
export const RELAY_METRICS = {
  freshet_validator_vouchers_total: {
    kind: "counter",
    help: "Checkpoints signed and blocks attested",
    labels: { chain: CHAIN, validator: "address of the validator" },
  },
  freshet_validator_endpoint_differences_total: {
    kind: "counter",
    help: "Answers of an endpoint that began to differ from what enough others say, which validators go by",
    labels: { chain: CHAIN, endpoint: "the endpoint, without what is secret of it" },
  },
  freshet_relayer_messages_found_total: {
    kind: "counter",
    help: "Messages found in the outbox of the chain",
    labels: { chain: CHAIN },
  },
  freshet_relayer_messages_delivered_total: {
    kind: "counter",
    help: "Deliveries found on the chain",
    labels: { chain: CHAIN, origin: "name of the chain that the message is from", own: OWN },
  },
  freshet_relayer_messages_announced_total: {
    kind: "counter",
    help: "Messages that gateways announced again, as their receipts were too large to prove them by",
    labels: { chain: CHAIN, own: OWN },
  },
  freshet_relayer_messages_open: {
    kind: "gauge",
    help: "Messages not delivered",
    labels: {
      origin: CHAIN,
      destination: "name of the chain; other where it is none of the network's",
      lane: "network, refused (strangers' to the network's applications) or others",
      failing: "yes when an attempt failed",
    },
  },
  freshet_relayer_delivery_failures_total: {
    kind: "counter",
    help: "Attempts that failed before a transaction, and messages hidden in receipts that are too large",
    labels: { chain: CHAIN, error: "code of the error" },
  },
  freshet_relayer_transactions_total: {
    kind: "counter",
    help: "Transactions signed, higher bids included",
    labels: { chain: CHAIN },
  },
  freshet_relayer_gas_total: {
    kind: "counter",
    help: "Gas of own transactions",
    labels: { chain: CHAIN, wasted: "yes of transactions that came too late" },
  },
  freshet_relayer_fees_coins_total: {
    kind: "counter",
    help: "Fees of own transactions, coins of the chain (10^18 wei), as far as a double goes",
    labels: { chain: CHAIN },
  },
  freshet_relayer_contradictions_total: {
    kind: "counter",
    help: "Contradictions that enough validators signed: two roots for one index, or two blocks that are not of one chain",
    labels: { chain: CHAIN },
  },
  freshet_relay_reorganizations_total: {
    kind: "counter",
    help: "Reorganizations followed",
    labels: { chain: CHAIN, by: "who followed it: relayer, or a validator's address" },
  },
  freshet_relay_chain_read_age_seconds: {
    kind: "gauge",
    help: "How long ago the chain was last read; left out before it was",
    labels: { chain: CHAIN },
  },
  freshet_keeper_beacons_drawn_total: {
    kind: "counter",
    help: "Beacons of tasks that are drawn, whoever drew them, as the keeper first saw it",
    labels: { chain: CHAIN },
  },
  freshet_keeper_commits_closed_total: {
    kind: "counter",
    help: "Rounds closed to further commits early",
    labels: { chain: CHAIN },
  },
  freshet_keeper_rounds_closed_total: { kind: "counter", help: "Rounds closed", labels: { chain: CHAIN } },
  freshet_keeper_epochs_settled_total: {
    kind: "counter",
    help: "Epochs of tasks settled",
    labels: { chain: CHAIN },
  },
  freshet_keeper_tasks_expired_total: { kind: "counter", help: "Tasks ended at their deadline", labels: {} },
} as const satisfies MetricDefinitions;

/** Those that begin with 0 for each chain, so that a first increase is seen as one. */
const BEGUN = [
  "freshet_relayer_messages_found_total",
  "freshet_relayer_transactions_total",
  "freshet_relayer_contradictions_total",
  "freshet_keeper_rounds_closed_total",
  "freshet_keeper_epochs_settled_total",
] as const;

/** What relay metrics are of. */
export interface RelayMetricsOptions {
  /** Names of the network's chains, by id: what is of no other chain has no series of its own. */
  chains: ReadonlyMap<bigint, string>;
  /** Asked for what is open whenever the metrics are read; left out where no relayer runs. */
  store?: RelayerStore | undefined;
  /** How long ago each chain was read, seconds, by its name; null before it was. */
  readAges?: () => Iterable<readonly [chain: string, seconds: number | null]>;
}

/** Counts what a relay's services tell, for Prometheus. */
export class RelayMetrics {
  readonly #metrics: MetricSet<typeof RELAY_METRICS>;

  constructor(registry: Registry, { chains, store, readAges }: RelayMetricsOptions) {
    const metrics = new MetricSet(RELAY_METRICS, registry);
    this.#metrics = metrics;
    for (const name of BEGUN) for (const chain of chains.values()) metrics.add(name, { chain }, 0);
    if (readAges !== undefined) {
      metrics.collect("freshet_relay_chain_read_age_seconds", () =>
        [...readAges()].flatMap(([chain, age]) => (age === null ? [] : [[{ chain }, age] as const])),
      );
    }
    if (store === undefined) return;
    // Whoever sends a message chooses its destination: only the network's chains are told apart.
    const nameOf = (chain: bigint | undefined) =>
      chain === undefined ? OTHER : (chains.get(chain) ?? OTHER);
    metrics.collect("freshet_relayer_messages_open", () =>
      store.routes.counts().flatMap(({ origin, destination, lane, open, failing }) => {
        const labels = { origin: nameOf(origin), destination: nameOf(destination), lane };
        return [
          [{ ...labels, failing: "yes" }, failing],
          [{ ...labels, failing: "no" }, open - failing],
        ] as const;
      }),
    );
  }

  readonly hear = (event: RelayEvent): void => {
    const metrics = this.#metrics;
    switch (event.type) {
      case "vouched": {
        const { chain, validator } = event;
        metrics.add("freshet_validator_vouchers_total", { chain, validator });
        break;
      }
      case "message-sent":
        metrics.add("freshet_relayer_messages_found_total", { chain: event.chain });
        break;
      case "message-announced": {
        const own = event.own ? "yes" : "no";
        metrics.add("freshet_relayer_messages_announced_total", { chain: event.chain, own });
        break;
      }
      case "message-delivered": {
        const { chain, origin } = event;
        const own = event.own ? "yes" : "no";
        metrics.add("freshet_relayer_messages_delivered_total", { chain, origin, own });
        break;
      }
      case "message-hidden":
      case "delivery-failed": {
        const { chain, error } = event;
        metrics.add("freshet_relayer_delivery_failures_total", { chain, error: errorCode(error) });
        break;
      }
      case "submission-sent":
        metrics.add("freshet_relayer_transactions_total", { chain: event.chain });
        break;
      case "submission-mined": {
        const { chain, gasUsed, fee } = event;
        const wasted = event.wasted ? "yes" : "no";
        metrics.add("freshet_relayer_gas_total", { chain, wasted }, Number(gasUsed));
        metrics.add("freshet_relayer_fees_coins_total", { chain }, Number(fee) / COIN);
        break;
      }
      case "contradiction-found":
        metrics.add("freshet_relayer_contradictions_total", { chain: event.chain });
        break;
      case "endpoint-differs": {
        const { chain, endpoint } = event;
        metrics.add("freshet_validator_endpoint_differences_total", { chain, endpoint });
        break;
      }
      case "chain-reorganized": {
        const { chain, by } = event;
        metrics.add("freshet_relay_reorganizations_total", { chain, by });
        break;
      }
      case "commits-closed":
        metrics.add("freshet_keeper_commits_closed_total", { chain: event.chain });
        break;
      case "round-closed":
        metrics.add("freshet_keeper_rounds_closed_total", { chain: event.chain });
        break;
      case "epoch-settled":
        metrics.add("freshet_keeper_epochs_settled_total", { chain: event.chain });
        break;
      case "task-expired":
        metrics.add("freshet_keeper_tasks_expired_total", {});
        break;
      case "beacon-drawn":
        metrics.add("freshet_keeper_beacons_drawn_total", { chain: event.chain });
        break;
      case "trouble":
        break;
      default:
        event satisfies never;
    }
  };
}
