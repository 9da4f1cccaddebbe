import { z } from "zod";

/** A schema of things of several kinds that also takes a text, which stands for the kind alone. */
export function orItsKind<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => (typeof value === "string" ? { kind: value } : value), schema);
}
