import type { ExpandedSweep, SweepRun } from "./expandSweep.ts";
import type { RunOutcome } from "./RunKind.ts";
import type { RunStore } from "./RunStore.ts";
import type { Runner } from "./RunWorker.ts";
import type { RunFailure } from "./runMessages.ts";
import { SweepProgress } from "./SweepProgress.ts";

/** What a sweep has come to. */
export interface SweepOutcome {
  /** Of each run that is finished, by its name. */
  readonly outcomes: ReadonlyMap<string, RunOutcome>;
  readonly failures: readonly { readonly run: SweepRun; readonly failure: RunFailure }[];
  /** Whether it was told to stop before all runs had ended. */
  readonly stopped: boolean;
}

/** What happens in a sweep. */
export type SweepEvent =
  | { readonly kind: "found"; readonly finished: number; readonly of: number }
  | { readonly kind: "began"; readonly run: SweepRun }
  /** It goes on where it was stopped, with that share of it over. */
  | { readonly kind: "resumed"; readonly run: SweepRun; readonly share: number }
  | { readonly kind: "progress" }
  | { readonly kind: "finished"; readonly run: SweepRun; readonly outcome: RunOutcome }
  | { readonly kind: "failed"; readonly run: SweepRun; readonly failure: RunFailure };

/** What {@link runSweep} needs. */
export interface RunSweepParameters {
  readonly sweep: Pick<ExpandedSweep, "runs">;
  readonly store: Pick<RunStore, "outcomeOf" | "keep" | "checkpointOf">;
  /** How long after each other the rounds of a run are saved at the soonest, seconds. */
  readonly checkpointSeconds: number;
  /** Each makes one run at a time. */
  readonly runners: readonly Runner[];
  /** Milliseconds, of any beginning. */
  readonly now: () => number;
  /** Told of what happens, with how far the sweep is. */
  readonly tell: (event: SweepEvent, progress: SweepProgress) => void;
  /** Stops the sweep when it is aborted. */
  readonly signal?: AbortSignal;
}

/**
 * Makes those runs of a sweep that are not finished, several at a time; each is kept as it is finished. One that fails is
 * told of, and the others go on; one that was stopped goes on from its checkpoint. Which runner makes a run, and when,
 * changes nothing of what it finds.
 *
 * @throws BaseError the errors of `RunStore`, once nothing runs any more.
 */
export async function runSweep({
  sweep,
  store,
  checkpointSeconds,
  runners,
  now,
  tell,
  signal,
}: RunSweepParameters): Promise<SweepOutcome> {
  const outcomes = new Map<string, RunOutcome>();
  const waiting: SweepRun[] = [];
  for (const run of sweep.runs) {
    const outcome = await store.outcomeOf(run);
    if (outcome === undefined) waiting.push(run);
    else outcomes.set(run.name, outcome);
  }
  const failures: { run: SweepRun; failure: RunFailure }[] = [];
  const progress = new SweepProgress({ runs: sweep.runs.length, finished: outcomes.size, now });
  tell({ kind: "found", finished: outcomes.size, of: sweep.runs.length }, progress);
  let next = 0;
  let fault: unknown;
  const isOver = () => next >= waiting.length || signal?.aborted === true || fault !== undefined;
  const stopAll = () => {
    for (const runner of runners) runner.stop();
  };
  const lane = async (runner: Runner) => {
    while (!isOver()) {
      const run = waiting[next++]!;
      progress.begin(run.name);
      tell({ kind: "began", run }, progress);
      const { kind, setting, seed } = run;
      const checkpoint = { directory: store.checkpointOf(run), seconds: checkpointSeconds };
      const end = await runner.run(
        { kind, setting, seed, checkpoint },
        {
          progress(share) {
            progress.update(run.name, share);
            tell({ kind: "progress" }, progress);
          },
          resumed(share) {
            progress.resume(run.name, share);
            tell({ kind: "resumed", run, share }, progress);
          },
        },
      );
      if (signal?.aborted === true && "failed" in end) return;
      if ("failed" in end) {
        failures.push({ run, failure: end.failed });
        progress.end(run.name, false);
        tell({ kind: "failed", run, failure: end.failed }, progress);
        continue;
      }
      await store.keep(run, end.outcome);
      const { record: _, ...outcome } = end.outcome;
      outcomes.set(run.name, outcome);
      progress.end(run.name, true);
      tell({ kind: "finished", run, outcome }, progress);
    }
  };
  signal?.addEventListener("abort", stopAll, { once: true });
  try {
    await Promise.all(
      runners.map((runner) =>
        lane(runner).catch((error: unknown) => {
          // What cannot be kept, such as on a full disk, is not worth running on.
          fault ??= error;
          stopAll();
        }),
      ),
    );
  } finally {
    signal?.removeEventListener("abort", stopAll);
    stopAll();
  }
  if (fault !== undefined) throw fault;
  return { outcomes, failures, stopped: outcomes.size + failures.length < sweep.runs.length };
}
