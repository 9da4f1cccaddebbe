import type { SweepRun } from "./expandSweep.ts";
import type { RunOutcome } from "./RunKind.ts";

/** A finished run with what it found. */
export interface FoundRun {
  readonly run: SweepRun;
  readonly outcome: RunOutcome;
}
