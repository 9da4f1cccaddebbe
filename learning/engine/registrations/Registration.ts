import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { KernelPack } from "../KernelPack.ts";

/** Inputs of a kernel by their names in tfjs. */
export type Inputs = Readonly<Record<string, TensorInfo>>;
/** Attributes of a kernel by their names in tfjs. */
export type Attributes = Readonly<Record<string, unknown>>;

/** A kernel of the pack under its name in tfjs. */
export interface Registration {
  readonly kernelName: string;
  /** Computes the outputs, or gives undefined to leave this case to tfjs's own kernel. */
  readonly compute: (
    pack: KernelPack,
    inputs: Inputs,
    attributes: Attributes,
  ) => TensorInfo | TensorInfo[] | undefined;
}
