import type { ModelSpec } from "../models/ModelSpec.ts";
import type { UpdateEncoding } from "./updateEncoding.ts";

/** A tensor as an update carries it. */
export interface CompressedTensor {
  /** Numbers (float32), or multiples of `scale` (int16, int8). */
  readonly values: Float32Array | Int16Array | Int8Array;
  /** Fixed-point steps (2^−fractionBits) a unit of `values`: a whole number ≥ 1; 1 with float32, where it means nothing. */
  readonly scale: number;
}

/** A worker's update of one round, as it is stored. Lists are in the order of `parameterShapes`. */
export interface UpdateFile {
  readonly spec: ModelSpec;
  readonly fractionBits: number;
  /** Of the trained tensors; the others are float32. */
  readonly encoding: UpdateEncoding;
  /** Of the arithmetic that it was trained with. */
  readonly numericClass: string;
  /** Digest of the global model that it changes. */
  readonly base: string;
  /** Local model − global model. */
  readonly delta: readonly CompressedTensor[];
  /** SCAFFOLD: change of the worker's control variate. */
  readonly control?: readonly CompressedTensor[] | undefined;
  /** Digests of the batches trained on, in order, when they are in storage. */
  readonly data?: readonly string[] | undefined;
  /** Digest of the worker state that it was computed from; undefined in the worker's first update. */
  readonly stateBefore?: string | undefined;
  /** Digest of the worker state that it leaves, which counts once the update is accepted. */
  readonly stateAfter?: string | undefined;
}
