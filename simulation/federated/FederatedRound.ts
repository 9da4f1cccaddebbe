import type { GlobalModel } from "../../learning/federated/GlobalModel.ts";

/** A finished round. */
export interface FederatedRound {
  /** From 0. */
  readonly round: number;
  /** The global model after it. */
  readonly global: GlobalModel;
  /** What its clients sent, in their order. */
  readonly updates: readonly SentUpdate[];
}

/** A client's update, as it went over the wire. */
export interface SentUpdate {
  /** Who sent it, by its name. */
  readonly worker: string;
  readonly bytes: number;
  /** Samples that it says it was trained on. */
  readonly samples: number;
  /** Steps of local training. */
  readonly steps: number;
  /** Mean loss over the last epoch of it. */
  readonly loss: number;
  /** Whether the strategy took it. */
  readonly accepted: boolean;
  /** Its file, where updates are kept. */
  readonly file?: Uint8Array | undefined;
}
