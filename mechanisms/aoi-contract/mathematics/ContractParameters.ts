import type { FrequencyRange, FreshnessModel } from "./freshness.ts";
import type { Tolerance } from "./performance.ts";

/** A class of workers with the same cost. */
export interface WorkerType {
  /** δ > 0, currency an update. */
  unitCost: number;
  /** Q ≥ 0; all types' sum to 1. */
  probability: number;
  /** α in [0, 1]. */
  agePreference: number;
}

/** Everything a contract follows from. */
export interface ContractParameters extends Tolerance {
  model: FreshnessModel;
  /** By falling `unitCost`. */
  types: readonly WorkerType[];
  /** M. */
  workers: number;
  /** Bounds on f, updates a second; see `frequencyRange`. */
  frequencies?: Partial<FrequencyRange>;
}

/**
 * `CA`: asymmetric information, the paper's proposal. `CC`: complete information, no rents.
 * `CS`: social welfare under asymmetric information.
 */
export type Scheme = "CA" | "CC" | "CS";
