import type { PastTask, Resettled } from "../../mechanisms/MechanismResettlement.ts";
import type { MechanismScores } from "../../mechanisms/MechanismScores.ts";
import type { RefreshSchedule } from "../../mechanisms/MechanismWorker.ts";
import type { PopulationClient } from "../../tasks/population/Population.ts";

/** A client before it has decided. */
export interface AskedClient extends PopulationClient {
  readonly address: string;
  /** Samples that its updates would have together. */
  readonly samples: number;
}

/** What a client does about the task. */
export type Enrolment =
  /** It takes part. */
  | {
      readonly choice: string;
      readonly schedule: RefreshSchedule;
      /** How long an update takes it, seconds. */
      readonly updateSeconds: number;
      /** What each update costs it, wei. */
      readonly updateCost: bigint;
    }
  /** It stays away, and why. */
  | { readonly abstain: string };

/** Who attests, and by which mechanism. */
export interface Scoring {
  readonly mechanism: string;
  readonly scores: MechanismScores;
}

/** What clients are paid by: a mechanism or a baseline. */
export interface Payer {
  readonly name: string;
  /** The most that it can cost, wei. */
  readonly worstCase: bigint;
  /** Hex; of a baseline nothing. */
  readonly mechanismTerms: string;
  /** Where it pays by scores. */
  readonly scoring: Scoring | undefined;
  /** Each client decides by its own interest, as if it were to do what is asked: whether it cheats is another matter. */
  enrol(clients: readonly AskedClient[]): readonly Enrolment[];
  /** In the order of the task's workers. */
  pay(past: PastTask): Resettled;
}

/** What a payer knows of the task. */
export interface PayerFrame {
  readonly epoch: { readonly startTime: number; readonly epochSeconds: number };
  readonly rounds: number;
  /** Updates that a client can expect to be asked for. */
  readonly expectedUpdates: number;
  readonly maxSamples: number;
}
