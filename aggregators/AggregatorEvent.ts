/** What aggregators tell: terminals, logs and metrics subscribe to it. */
export type AggregatorEvent =
  | {
      type: "aggregated";
      aggregator: string;
      task: bigint;
      round: number;
      globalModel: string;
      /** The model's score on the held-out data, from 0 to 1, and what it is called (`scoreName`). */
      accuracy: number;
      measure: string;
      /** Accepted updates by chain name. */
      accepted: Record<string, number>;
      milliseconds: number;
    }
  | {
      type: "left-out";
      aggregator: string;
      task: bigint;
      round: number;
      chain: string;
      worker: string;
      /** Name of the error with which its update was refused. */
      code: string;
      reason: string;
    }
  | { type: "abstained"; aggregator: string; task: bigint; reason: string }
  /** It committed to what it derived; `attempt` counts the round's attempts to agree, from 0. */
  | { type: "committed"; aggregator: string; task: bigint; round: number; attempt: number }
  | { type: "attested"; aggregator: string; task: bigint; round: number; attempt: number }
  /** Others attested another aggregate than this one derived, which it derives anew. */
  | { type: "differed"; aggregator: string; task: bigint; round: number; attempt: number; others: string[] }
  /** `task` is undefined where all of them suffer. */
  | { type: "trouble"; aggregator: string; task: bigint | undefined; doing: string; error: unknown };

/** Hears the events of aggregators. */
export type AggregatorListener = (event: AggregatorEvent) => void;
