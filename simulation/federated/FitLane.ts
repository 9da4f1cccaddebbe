import type { MessagePort } from "node:worker_threads";
import type { Dataset } from "../../learning/datasets/Dataset.ts";
import type { PlayedBehaviour } from "../../learning/federated/behaviours/playBehaviour.ts";
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
export interface ClientToFit<Samples = ClientSamples> {
  readonly stream: readonly (string | number)[];
  readonly samples: Samples;
  /** n_i. */
  readonly weight: number;
  /** What its last accepted update left. */
  readonly state: DigestedFile | undefined;
  /** How it departs from what the task asks; undefined for who is honest. */
  readonly behaviour?: PlayedBehaviour | undefined;
}

/**
 * What one thread does for a round, as a message to it. Models and sums are in shared memory. Clients come through the
 * port, some at a time: so shared memory is sent once a round, for V8 collects garbage for every buffer that a message
 * brings as if it were new.
 */
export interface FitLane {
  readonly task: LearningTask;
  readonly round: number;
  readonly global: GlobalModel;
  /** `fromFixedPoint(global)`. */
  readonly start: ModelParameters;
  /** Digest of the global model. */
  readonly base: string;
  /** Where what the updates add up to is written in the end; they are returned unless given. */
  readonly memory: Float64Array | undefined;
  /** Whether updates are returned, also where they are added up. */
  readonly keepsUpdates: boolean;
  /** Brings a {@link FitBatch} after the other, then null; each is answered by its `FittedClient[]`, in their order. */
  readonly port: MessagePort;
}

/** Clients for a thread. */
export interface FitBatch {
  /** Shared data sets that none of the lane's batches has brought before; they go on counting from 0. */
  readonly datasets: readonly Dataset[];
  readonly clients: readonly ClientToFit<SentSamples>[];
}

/** Samples, or rows of one of the lane's shared data sets. */
export type SentSamples = Dataset | { readonly of: number; readonly rows: Uint32Array };

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
  /** The update's file, unless it was added to sums and is not kept. */
  readonly update: Uint8Array | undefined;
}

/** What belongs to the memory of a lane's sums; undefined without any. */
export type FittedLane = UpdateSumsState | undefined;
