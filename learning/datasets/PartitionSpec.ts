import { z } from "zod";

import { orItsKind } from "./orItsKind.ts";

/** The schema of {@link PartitionSpec}. */
export const partitionSpecSchema = orItsKind(
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("iid").describe("At random, in equal numbers.") }),
    z.strictObject({
      kind: z
        .literal("dirichlet")
        .describe("Each class in proportions drawn from a Dirichlet distribution: label skew."),
      alpha: z
        .number()
        .min(0.001)
        .max(1_000_000)
        .describe("α: towards 0 a class goes to one device, with a large one all get equal shares."),
      sizeAlpha: z
        .number()
        .min(0.001)
        .max(1_000_000)
        .optional()
        .describe(
          "α of the Dirichlet distribution that what each device is to get is drawn from: quantity skew as well; all alike unless given.",
        ),
    }),
    z.strictObject({
      kind: z
        .literal("quantity")
        .describe("At random, in unequal numbers: quantity skew. One of both is given."),
      alpha: z
        .number()
        .min(0.001)
        .max(1_000_000)
        .optional()
        .describe("α of the Dirichlet distribution that the devices' shares are drawn from."),
      sizes: z
        .array(z.number().positive())
        .min(1)
        .max(10_000)
        .optional()
        .describe("The devices' shares, one each, in any unit."),
    }),
    z.strictObject({
      kind: z.literal("shards").describe("Sorted by class and dealt in shards: few classes a device."),
      shardsPerPart: z.int().min(1).max(1000).default(2).describe("Shards a device gets."),
    }),
    z.strictObject({
      kind: z
        .literal("natural")
        .describe("By the data set's natural clients (writer, engine, series, sign, scene), whole ones."),
    }),
  ]),
);

/**
 * How training data are dealt to devices.
 *
 * @example
 * const spec: PartitionSpec = partitionSpecSchema.parse({ kind: "dirichlet", alpha: 0.1 });
 */
export type PartitionSpec = z.infer<typeof partitionSpecSchema>;
