import type { z } from "zod";
import type { DetectionGrid } from "../detection/DetectionGrid.ts";
import type { BuildLayer } from "./layers/Layer.ts";
import type { ModelTask } from "./ModelTask.ts";

/** A model, made of layers. */
export interface NetworkDefinition {
  readonly task: ModelTask;
  /** The shape in which the network sees a sample. */
  readonly inputShape: readonly number[];
  /** Its layers from input to output; the last gives one row of outputs a sample. */
  readonly layers: readonly BuildLayer[];
  /** For regression: a prediction is the network's output times this; 1 unless given. */
  readonly outputScale?: number | undefined;
  /** For detection: the cells that the outputs are of. */
  readonly grid?: DetectionGrid | undefined;
}

/** The schema of a kind's specs: `kind`, a literal, and its hyper-parameters. */
export type ModelKindSchema = z.ZodObject<{ kind: z.ZodLiteral<string> }>;

/**
 * A kind of model: the hyper-parameters that a spec gives, and the network they
 * make. Parameters, their initial values, forward and backward pass follow from
 * the layers. One file in `kinds/`, and one line in `modelKinds.ts`.
 */
export interface ModelKind<Schema extends ModelKindSchema = ModelKindSchema> {
  readonly schema: Schema;
  network(spec: z.infer<Schema>): NetworkDefinition;
  /**
   * The spec of the same parameters for samples of another shape; absent where
   * parameters depend on the shape.
   */
  resized?(spec: z.infer<Schema>, sampleShape: readonly [number, number, number]): z.infer<Schema>;
}

/** Infers the schema's type for a kind. */
export function defineModelKind<Schema extends ModelKindSchema>(kind: ModelKind<Schema>): ModelKind<Schema> {
  return kind;
}
