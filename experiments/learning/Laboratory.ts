import type { TrainAndTest } from "../../learning/datasets/DatasetKind.ts";
import type { DatasetSpec } from "../../learning/datasets/DatasetSpec.ts";
import type { FederationPool } from "../../simulation/federated/FederationPool.ts";

/** What the experiments compute with. */
export interface Laboratory {
  readonly pool: FederationPool;
  /** @throws BaseError `DATA_MISSING` when the data set's files are not there. */
  readonly load: (dataset: DatasetSpec) => Promise<TrainAndTest>;
  /** Every run is repeated with each of these. */
  readonly seeds: readonly number[];
  /** Most rounds of a run, to try an experiment out; all of them unless given. */
  readonly rounds?: number | undefined;
  /** Told what is under way. */
  readonly progress: (text: string) => void;
}

/** How many rounds a run that plans so many makes here. */
export function roundsHere({ rounds }: Pick<Laboratory, "rounds">, planned: number): number {
  return Math.min(planned, rounds ?? planned);
}
