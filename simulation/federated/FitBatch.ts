import type { Dataset } from "../../learning/datasets/Dataset.ts";
import type { GlobalModel } from "../../learning/federated/GlobalModel.ts";
import type { LearningTask } from "../../learning/federated/LearningTask.ts";
import type { UpdateSumsState } from "../../learning/federated/UpdateSums.ts";
import type { ModelParameters } from "../../learning/models/parameterShapes.ts";
import type { ClientSamples } from "./FederatedClients.ts";

/** A file with its digest. */
export interface DigestedFile {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** A client's part in a round, before it has trained. */
export interface ClientToFit {
  readonly stream: readonly (string | number)[];
  readonly samples: ClientSamples;
  /** n_i. */
  readonly weight: number;
  /** What its last accepted update left. */
  readonly state: DigestedFile | undefined;
}

/** Clients of a round for one thread, as a message to it. Models and sums are in shared memory. */
export interface FitBatch {
  readonly task: LearningTask;
  readonly round: number;
  readonly global: GlobalModel;
  /** `fromFixedPoint(global)`. */
  readonly start: ModelParameters;
  /** Digest of the global model. */
  readonly base: string;
  readonly clients: readonly ClientToFit[];
  /** What the updates are added to, which nobody else may touch meanwhile; they are returned unless given. */
  readonly sums?: { readonly memory: Float64Array; readonly state: UpdateSumsState | undefined };
}

/** A client's part in a round. */
export interface FittedClient {
  /** Of its update. */
  readonly bytes: number;
  /** Steps of local training. */
  readonly steps: number;
  /** Mean loss over its last epoch. */
  readonly loss: number | undefined;
  /** What it leaves, if the task's workers have a state. */
  readonly state: DigestedFile | undefined;
  /** The update's file, unless it was added to sums. */
  readonly update: Uint8Array | undefined;
}

/** What came of a {@link FitBatch}. */
export interface FittedBatch {
  /** In their order. */
  readonly clients: readonly FittedClient[];
  /** Of the sums, if updates were added to any. */
  readonly sums: UpdateSumsState | undefined;
}

/** A data set whose arrays are in shared memory is the same for all threads; any other is copied to each. */
export function isShared({ features, labels }: Dataset): boolean {
  return features.buffer instanceof SharedArrayBuffer && labels.buffer instanceof SharedArrayBuffer;
}
