/** What a panel shows of its queries. */
export type Unit = "short" | "s" | "bytes" | "percentunit" | "cps" | "dateTimeAsIso" | "bool" | "Bps";

/** A query, with what its lines are called. */
interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** A panel of the dashboard. */
export interface Panel {
  readonly title: string;
  /** For people: what is to be seen, and what it should look like. */
  readonly about: string;
  readonly unit: Unit;
  readonly kind: "timeseries" | "stat";
  readonly queries: readonly Query[];
  /** Whether there is nothing to show as long as all is well. */
  readonly isQuiet?: true;
}

/** Panels under one heading. */
interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const OWN = 'job=~"$job", instance=~"$instance"';
/** What a range is that Grafana chooses by the scrape interval. */
const RANGE = "$__rate_interval";

const rate = (metric: string, labels = "") => `rate(${metric}{${OWN}${labels}}[${RANGE}])`;
const increase = (metric: string) => `increase(${metric}{${OWN}}[${RANGE}])`;
const quantile = (q: number, metric: string) =>
  `histogram_quantile(${q}, sum by (le, instance) (rate(${metric}_bucket{${OWN}}[${RANGE}])))`;
const gauge = (metric: string, labels = "") => `${metric}{${OWN}${labels}}`;

/** The dashboard, from what an operator looks at first to what explains it. */
export const DASHBOARD_ROWS: readonly Row[] = [
  {
    title: "Is all well?",
    panels: [
      {
        title: "Parts that can do their work",
        about: "1 while /health says so.",
        unit: "bool",
        kind: "stat",
        queries: [{ expr: gauge("freshet_part_healthy"), legend: "{{part}} {{instance}}" }],
      },
      {
        title: "Chains that answer",
        about: "1 while an endpoint of the chain answers the part.",
        unit: "bool",
        kind: "stat",
        queries: [{ expr: `min by (chain) (${gauge("freshet_part_chain_up")})`, legend: "{{chain}}" }],
      },
      {
        title: "Newest block",
        about:
          "What each part has read of each chain. A line that stays flat while others rise is a part that lags.",
        unit: "short",
        kind: "timeseries",
        queries: [{ expr: gauge("freshet_part_chain_block"), legend: "{{part}} {{chain}}" }],
      },
      {
        title: "Errors that parts went on after",
        about: "By code. A few are weather; those that go on are told by FreshetErrorsGoOn.",
        unit: "cps",
        kind: "timeseries",
        queries: [
          {
            expr: `sum by (part, error) (${rate("freshet_part_errors_total")})`,
            legend: "{{part}} {{error}}",
          },
        ],
        isQuiet: true,
      },
      {
        title: "What parts tell",
        about: "Events by type, as in the logs.",
        unit: "cps",
        kind: "timeseries",
        queries: [
          {
            expr: `sum by (part, event) (${rate("freshet_part_events_total")})`,
            legend: "{{part}} {{event}}",
          },
        ],
      },
      {
        title: "Last heard of",
        about: "How long ago each part told anything.",
        unit: "s",
        kind: "stat",
        queries: [
          {
            expr: `time() - max by (part, instance) (${gauge("freshet_part_last_event_timestamp_seconds")})`,
            legend: "{{part}} {{instance}}",
          },
        ],
      },
    ],
  },
  {
    title: "Learning",
    panels: [
      {
        title: "Score of the model aggregated last",
        about: "Of whichever task; task export has each task's curve.",
        unit: "percentunit",
        kind: "timeseries",
        queries: [{ expr: gauge("freshet_aggregator_score_ratio"), legend: "{{instance}}" }],
      },
      {
        title: "Updates in aggregates, and left out",
        about: "What aggregators took and did not take.",
        unit: "short",
        kind: "timeseries",
        queries: [
          { expr: increase("freshet_aggregator_updates_accepted_total"), legend: "accepted {{instance}}" },
          { expr: increase("freshet_aggregator_updates_refused_total"), legend: "{{error}} {{instance}}" },
        ],
      },
      {
        title: "Time of an aggregate",
        about: "Half and nine tenths of aggregates took no longer.",
        unit: "s",
        kind: "timeseries",
        queries: [
          {
            expr: quantile(0.5, "freshet_aggregator_aggregation_duration_seconds"),
            legend: "half {{instance}}",
          },
          {
            expr: quantile(0.9, "freshet_aggregator_aggregation_duration_seconds"),
            legend: "9 of 10 {{instance}}",
          },
        ],
      },
      {
        title: "Aggregators",
        about: "Commitments, attestations, disagreements with the others, tasks stayed away from.",
        unit: "short",
        kind: "timeseries",
        queries: [
          { expr: gauge("freshet_aggregator_commitments_total"), legend: "committed {{instance}}" },
          { expr: gauge("freshet_aggregator_attestations_total"), legend: "attested {{instance}}" },
          { expr: gauge("freshet_aggregator_disagreements_total"), legend: "differed {{instance}}" },
          { expr: gauge("freshet_aggregator_abstentions_total"), legend: "stayed away {{instance}}" },
        ],
      },
    ],
  },
  {
    title: "Workers",
    panels: [
      {
        title: "Lateness of refreshes",
        about: "How long after they were due refreshes were in a block: it is what freshness is lost by.",
        unit: "s",
        kind: "timeseries",
        queries: [
          { expr: quantile(0.5, "freshet_worker_refresh_lateness_seconds"), legend: "half {{instance}}" },
          { expr: quantile(0.9, "freshet_worker_refresh_lateness_seconds"), legend: "9 of 10 {{instance}}" },
        ],
      },
      {
        title: "Refreshes",
        about: "Made, left out though due, and left out as nothing was sensed.",
        unit: "short",
        kind: "timeseries",
        queries: [
          { expr: increase("freshet_worker_refreshes_total"), legend: "made {{instance}}" },
          { expr: increase("freshet_worker_refreshes_skipped_total"), legend: "skipped {{instance}}" },
          { expr: increase("freshet_worker_refreshes_empty_total"), legend: "nothing sensed {{instance}}" },
        ],
      },
      {
        title: "Rounds",
        about: "Updates committed to, revealed, rounds missed, and rounds for which others were drawn.",
        unit: "short",
        kind: "timeseries",
        queries: [
          { expr: increase("freshet_worker_updates_committed_total"), legend: "committed {{instance}}" },
          { expr: increase("freshet_worker_updates_revealed_total"), legend: "revealed {{instance}}" },
          { expr: increase("freshet_worker_rounds_missed_total"), legend: "missed {{instance}}" },
          { expr: increase("freshet_worker_rounds_sat_out_total"), legend: "not drawn {{instance}}" },
        ],
      },
      {
        title: "Time of a training",
        about: "Half and nine tenths of trainings took no longer.",
        unit: "s",
        kind: "timeseries",
        queries: [
          { expr: quantile(0.5, "freshet_worker_training_duration_seconds"), legend: "half {{instance}}" },
          { expr: quantile(0.9, "freshet_worker_training_duration_seconds"), legend: "9 of 10 {{instance}}" },
        ],
      },
      {
        title: "Tasks",
        about: "Arrived on subchains with workers here, enrolments in them, and how often one stayed away.",
        unit: "short",
        kind: "timeseries",
        queries: [
          { expr: gauge("freshet_worker_tasks_arrived_total"), legend: "arrived {{instance}}" },
          { expr: gauge("freshet_worker_enrollments_total"), legend: "enrolled {{instance}}" },
          { expr: gauge("freshet_worker_abstentions_total"), legend: "stayed away {{instance}}" },
        ],
      },
      {
        title: "Tokens paid, and lost by what was late or missed",
        about: "Rounded; task statement has the wei.",
        unit: "short",
        kind: "timeseries",
        queries: [
          { expr: gauge("freshet_worker_paid_tokens_total"), legend: "paid {{instance}}" },
          { expr: gauge("freshet_worker_lost_tokens_total"), legend: "lost {{instance}}" },
        ],
      },
    ],
  },
  {
    title: "Relay",
    panels: [
      {
        title: "Messages of the network that wait",
        about: "By route. It goes back to 0 again and again.",
        unit: "short",
        kind: "timeseries",
        queries: [
          {
            expr: `sum by (origin, destination, failing) (${gauge("freshet_relayer_messages_open", ', lane="network"')})`,
            legend: "{{origin}} → {{destination}}, failing: {{failing}}",
          },
        ],
      },
      {
        title: "Messages found and delivered",
        about: "Found in outboxes, and deliveries found on chains.",
        unit: "cps",
        kind: "timeseries",
        queries: [
          {
            expr: `sum by (chain) (${rate("freshet_relayer_messages_found_total")})`,
            legend: "found on {{chain}}",
          },
          {
            expr: `sum by (chain) (${rate("freshet_relayer_messages_delivered_total")})`,
            legend: "delivered on {{chain}}",
          },
        ],
      },
      {
        title: "What validators sign",
        about: "Checkpoints and blocks. None while messages are found: FreshetValidatorsSilent.",
        unit: "cps",
        kind: "timeseries",
        queries: [
          {
            expr: `sum by (chain) (${rate("freshet_validator_vouchers_total")})`,
            legend: "{{chain}}",
          },
        ],
      },
      {
        title: "Since a chain was read",
        about: "Seconds. Above 30 the relay is not well.",
        unit: "s",
        kind: "timeseries",
        queries: [{ expr: gauge("freshet_relay_chain_read_age_seconds"), legend: "{{chain}} {{instance}}" }],
      },
      {
        title: "Gas of the relayer",
        about: "By whether the transaction was of use.",
        unit: "cps",
        kind: "timeseries",
        queries: [
          {
            expr: `sum by (chain, wasted) (${rate("freshet_relayer_gas_total")})`,
            legend: "{{chain}}, wasted: {{wasted}}",
          },
        ],
      },
      {
        title: "Transactions, and their fees in coins",
        about: "Since the relay was started.",
        unit: "short",
        kind: "timeseries",
        queries: [
          { expr: gauge("freshet_relayer_transactions_total"), legend: "transactions on {{chain}}" },
          { expr: gauge("freshet_relayer_fees_coins_total"), legend: "coins on {{chain}}" },
        ],
      },
      {
        title: "What the keeper did",
        about: "Beacons drawn, rounds closed, epochs settled, tasks ended at their deadline.",
        unit: "short",
        kind: "timeseries",
        queries: [
          { expr: gauge("freshet_keeper_beacons_drawn_total"), legend: "beacons drawn on {{chain}}" },
          { expr: gauge("freshet_keeper_commits_closed_total"), legend: "commits closed on {{chain}}" },
          { expr: gauge("freshet_keeper_rounds_closed_total"), legend: "rounds closed on {{chain}}" },
          { expr: gauge("freshet_keeper_epochs_settled_total"), legend: "epochs settled on {{chain}}" },
          { expr: gauge("freshet_keeper_tasks_expired_total"), legend: "tasks expired" },
        ],
      },
      {
        title: "Trouble of the relay",
        about:
          "Empty while all is well: deliveries that fail, messages hidden, reorganizations, endpoints that differ, contradictions.",
        unit: "short",
        kind: "timeseries",
        queries: [
          { expr: gauge("freshet_relayer_delivery_failures_total"), legend: "{{error}} on {{chain}}" },
          { expr: gauge("freshet_relayer_messages_announced_total"), legend: "announced again on {{chain}}" },
          { expr: gauge("freshet_relay_reorganizations_total"), legend: "reorganized {{chain}}" },
          { expr: gauge("freshet_validator_endpoint_differences_total"), legend: "{{endpoint}} differs" },
          {
            expr: `${gauge("freshet_relayer_contradictions_total")} > 0`,
            legend: "contradiction on {{chain}}",
          },
          {
            expr: `sum by (origin) (${gauge("freshet_relayer_messages_open", ', lane!="network"')})`,
            legend: "strangers' on {{origin}}",
          },
        ],
        isQuiet: true,
      },
    ],
  },
  {
    title: "Storage",
    panels: [
      {
        title: "Bytes",
        about: "Given to readers and taken from writers.",
        unit: "Bps",
        kind: "timeseries",
        queries: [
          { expr: rate("freshet_storage_served_bytes_total"), legend: "served {{instance}}" },
          { expr: rate("freshet_storage_stored_bytes_total"), legend: "stored {{instance}}" },
        ],
      },
      {
        title: "Blocks",
        about: "Given to readers and taken from writers.",
        unit: "cps",
        kind: "timeseries",
        queries: [
          { expr: rate("freshet_storage_blocks_served_total"), legend: "served {{instance}}" },
          { expr: rate("freshet_storage_blocks_stored_total"), legend: "stored {{instance}}" },
        ],
      },
      {
        title: "Requests refused and failed",
        about: "By HTTP status. 507 is a quota or a full disk.",
        unit: "short",
        kind: "timeseries",
        queries: [
          {
            expr: gauge("freshet_storage_requests_refused_total"),
            legend: "refused {{status}} {{instance}}",
          },
          { expr: gauge("freshet_storage_requests_failed_total"), legend: "failed {{status}} {{instance}}" },
        ],
        isQuiet: true,
      },
      {
        title: "Kept, and removed",
        about:
          "Bytes and files kept for writers (where quotas are counted), and what was removed as no task needs it.",
        unit: "bytes",
        kind: "timeseries",
        queries: [
          { expr: gauge("freshet_storage_held_bytes"), legend: "kept {{instance}}" },
          { expr: gauge("freshet_storage_held_files"), legend: "files kept {{instance}}" },
          { expr: gauge("freshet_storage_removed_bytes_total"), legend: "removed {{instance}}" },
          { expr: gauge("freshet_storage_removed_files_total"), legend: "files removed {{instance}}" },
        ],
      },
    ],
  },
  {
    title: "The page",
    panels: [
      {
        title: "Who looks on",
        about: "Viewers and connections. 256 viewers at the most.",
        unit: "short",
        kind: "timeseries",
        queries: [
          { expr: gauge("freshet_page_viewers"), legend: "viewers {{instance}}" },
          { expr: gauge("freshet_page_connections"), legend: "connections {{instance}}" },
          { expr: gauge("freshet_page_viewers_dropped_total"), legend: "dropped {{instance}}" },
        ],
      },
      {
        title: "How long answers take",
        about: "The slowest twentieth. An answer is cut after 30 s.",
        unit: "s",
        kind: "timeseries",
        queries: [{ expr: quantile(0.95, "freshet_page_answer_duration_seconds"), legend: "{{instance}}" }],
        isQuiet: true,
      },
      {
        title: "Answers",
        about: "By HTTP status. Many 5xx are a fault of the page's server: its log says which.",
        unit: "cps",
        kind: "timeseries",
        queries: [
          {
            expr: `sum by (status, instance) (${rate("freshet_page_answers_total")})`,
            legend: "{{status}} {{instance}}",
          },
        ],
        isQuiet: true,
      },
      {
        title: "What it holds",
        about: "Tasks and messages in memory, and tasks that are left out as there are too many.",
        unit: "short",
        kind: "timeseries",
        queries: [
          { expr: gauge("freshet_page_held_tasks"), legend: "tasks {{instance}}" },
          { expr: gauge("freshet_page_held_messages"), legend: "messages {{instance}}" },
          { expr: gauge("freshet_page_left_out_tasks"), legend: "tasks left out {{instance}}" },
        ],
      },
      {
        title: "Branches replaced, and audits",
        about: "Blocks that were shown and are gone; audits that viewers asked for, by what came of them.",
        unit: "short",
        kind: "timeseries",
        queries: [
          { expr: gauge("freshet_page_branches_replaced_total"), legend: "{{chain}} replaced" },
          { expr: gauge("freshet_page_audits_total"), legend: "audits: {{outcome}}" },
        ],
      },
    ],
  },
  {
    title: "Processes",
    panels: [
      {
        title: "Memory",
        about: "Resident; flat over days.",
        unit: "bytes",
        kind: "timeseries",
        queries: [{ expr: gauge("process_resident_memory_bytes"), legend: "{{instance}}" }],
      },
      {
        title: "Processor",
        about: "Of one processor.",
        unit: "percentunit",
        kind: "timeseries",
        queries: [{ expr: rate("process_cpu_seconds_total"), legend: "{{instance}}" }],
      },
      {
        title: "Lag of the event loop",
        about: "Above a second the process is too busy to be in time.",
        unit: "s",
        kind: "timeseries",
        queries: [{ expr: gauge("nodejs_eventloop_lag_p99_seconds"), legend: "{{instance}}" }],
      },
    ],
  },
];
