/** What workers tell: terminals, logs and metrics subscribe to it. */
export type WorkerEvent =
  | { type: "enrolled"; worker: string; chain: string; task: bigint; item: number; period: number }
  | { type: "abstained"; worker: string; chain: string; task: bigint; reason: string }
  | { type: "refreshed"; worker: string; chain: string; task: bigint; refresh: number; refreshes: number }
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
  | { type: "round-missed"; worker: string; chain: string; task: bigint; round: number; error: unknown }
  | { type: "claimed"; worker: string; chain: string; task: bigint; amount: bigint }
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
