import type { TrainAndTest } from "../../learning/datasets/DatasetKind.ts";
import type { DatasetSpec } from "../../learning/datasets/DatasetSpec.ts";
import type { FederationPool } from "../federated/FederationPool.ts";
import type { LaboratoryResult } from "./LaboratoryResult.ts";
import type { LaboratorySetting } from "./LaboratorySetting.ts";

/** What {@link runLaboratory} needs. */
export interface RunLaboratoryParameters {
  readonly setting: LaboratorySetting;
  /** Of everything random: data, clients, model, training. */
  readonly seed: number;
  readonly pool: FederationPool;
  /** @throws BaseError `DATA_MISSING` when the data set's files are not there. */
  readonly load: (dataset: DatasetSpec) => Promise<TrainAndTest>;
  /** Told after every round how many are over, of how many. */
  readonly round?: (over: number, rounds: number) => void;
}

/**
 * Plays a task with a population and pays it: one setting, one seed, one result. The same arguments give the same
 * result on any number of threads.
 */
export declare function runLaboratory(parameters: RunLaboratoryParameters): Promise<LaboratoryResult>;
