/** What workers tell: terminals, logs and metrics subscribe to it. */
export type WorkerEvent =
  /** On a subchain where so many workers run here; not told of one whose epoch is over. */
  | {
      type: "task-arrived";
      worker: "all";
      chain: string;
      task: bigint;
      specDigest: string;
      workers: number;
    }
  | {
      type: "enrolled";
      worker: string;
      chain: string;
      task: bigint;
      /** Hex. */
      choice: string;
      /** How long its data count as fresh after a refresh. */
      freshSeconds: number;
    }
  /** `isMeant`: the task does not ask for it. */
  | { type: "abstained"; worker: string; chain: string; task: bigint; reason: string; isMeant?: true }
  | {
      type: "refreshed";
      worker: string;
      chain: string;
      task: bigint;
      refresh: number;
      refreshes: number;
      /** How long after it was due it was in a block, milliseconds, at the most. */
      late: number;
      /** How many that were due before it were not made, since the last one that was. */
      skipped: number;
    }
  /** Nothing came for a refresh to tell of, which was left out: its data get no fresher. */
  | {
      type: "nothing-sensed";
      worker: string;
      chain: string;
      task: bigint;
      refresh: number;
      refreshes: number;
    }
  | {
      type: "trained";
      worker: string;
      chain: string;
      task: bigint;
      round: number;
      samples: number;
      loss: number;
      milliseconds: number;
    }
  | { type: "committed"; worker: string; chain: string; task: bigint; round: number }
  | { type: "revealed"; worker: string; chain: string; task: bigint; round: number }
  /** The round takes place without it, which costs it nothing. */
  | { type: "not-drawn"; worker: string; chain: string; task: bigint; round: number }
  | { type: "round-missed"; worker: string; chain: string; task: bigint; round: number; error: unknown }
  | {
      type: "claimed";
      worker: string;
      chain: string;
      task: bigint;
      /** Wei. */
      amount: bigint;
      /** What it had been paid if no refresh had been late and no round missed, wei; undefined where its mechanism cannot say. */
      possible?: bigint;
    }
  /** Nothing is paid to it, and nothing is left to be claimed. */
  | { type: "unpaid"; worker: string; chain: string; task: bigint; reason: string }
  /** `task` is undefined where all of them suffer. */
  | {
      type: "trouble";
      worker: string;
      chain: string;
      task: bigint | undefined;
      doing: string;
      error: unknown;
    };

/** Hears the events of workers. */
export type WorkerListener = (event: WorkerEvent) => void;
