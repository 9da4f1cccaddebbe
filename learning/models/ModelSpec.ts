import { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import { elementCount } from "./elementCount.ts";
import { MODEL_KINDS } from "./modelKinds.ts";
import { networkOf } from "./networkOf.ts";

/** 256 MiB of float32. */
const MOST_PARAMETERS = 2 ** 26;

type Schemas<Kinds> = {
  -readonly [Index in keyof Kinds]: Kinds[Index] extends { schema: infer Schema } ? Schema : never;
};

/** The schema of {@link ModelSpec}; refuses hyper-parameters that make no network. */
export const modelSpecSchema = z
  .discriminatedUnion(
    "kind",
    MODEL_KINDS.map(({ schema }) => schema) as unknown as Schemas<typeof MODEL_KINDS>,
  )
  .superRefine((spec, context) => {
    try {
      const { parameters } = networkOf(spec).layer;
      const total = parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0);
      if (total <= MOST_PARAMETERS) return;
      context.addIssue({
        code: "custom",
        message: `the model has ${total} parameters, more than ${MOST_PARAMETERS}`,
      });
    } catch (error) {
      if (!(error instanceof BaseError)) throw error;
      context.addIssue({ code: "custom", message: error.shortMessage });
    }
  });

/**
 * The architecture of a model with its hyper-parameters, without its parameters;
 * `docs/models.md` lists the kinds.
 *
 * @example
 * const spec: ModelSpec = { kind: "mlp", inputs: 784, hidden: [64], outputs: 10 };
 */
export type ModelSpec = z.infer<typeof modelSpecSchema>;

const texts = new WeakMap<ModelSpec, string>();

/** The one JSON text of a spec, which must not change: keys in the order of the schema, no spaces. */
export function canonicalModelSpec(spec: ModelSpec): string {
  const known = texts.get(spec);
  if (known !== undefined) return known;
  const text = JSON.stringify(modelSpecSchema.parse(spec));
  texts.set(spec, text);
  return text;
}
