import type { RunOutcome } from "./RunKind.ts";

/** What a process that runs is told: one run at a time. */
export interface RunRequest {
  readonly kind: string;
  readonly setting: unknown;
  readonly seed: number;
  /** Where its rounds are saved, and how long after each other at the soonest; nothing is saved unless given. */
  readonly checkpoint?: { readonly directory: string; readonly seconds: number } | undefined;
}

/** What it answers: where it goes on, how far it is, and in the end what it found or why it could not. */
export type RunAnswer =
  | { readonly progress: number }
  | { readonly resumed: number }
  | { readonly outcome: RunOutcome }
  | { readonly failed: RunFailure };

/** Why a run failed, as a message between processes. */
export interface RunFailure {
  readonly code: string;
  readonly message: string;
  readonly details?: string | undefined;
  readonly next?: string | undefined;
}
