import { z } from "zod";

import { orItsKind } from "../../datasets/orItsKind.ts";

const clients = z
  .int()
  .min(1)
  .max(1_000_000)
  .describe("Clients a round; all that can be chosen if they are fewer.");

const beacons = z
  .array(
    z.strictObject({
      beacon: z.string().regex(/^0x[0-9a-f]{64}$/u, "32 bytes in hexadecimal, as the subchain recorded it"),
      enrolled: z.int().min(0).max(1_000_000).describe("Clients that enrolled there."),
    }),
  )
  .min(1)
  .max(32)
  .optional()
  .describe(
    "Subchains that the clients are of, in their order: `clients` of each are drawn, as the subchain draws them.",
  );

/** The schema of {@link SamplingSpec}. */
export const samplingSpecSchema = orItsKind(
  z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("all").describe("Every client, in every round.") }),
    z.strictObject({
      kind: z.literal("uniform").describe("All alike (McMahan et al. 2017)."),
      clients,
      beacons,
    }),
    z.strictObject({
      kind: z.literal("size").describe("In proportion to the samples that a client holds."),
      clients,
    }),
    z.strictObject({
      kind: z
        .literal("loss")
        .describe("Of candidates, those with the largest loss when they last trained (Cho et al. 2020)."),
      clients,
      candidates: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .describe("d: drawn in proportion to samples; three times `clients` unless given."),
    }),
    z
      .strictObject({
        kind: z
          .literal("freshness")
          .describe(
            "In proportion to a power of the rounds since a client last took part; from beacons, those whose last part is longest ago (Yang et al. 2020).",
          ),
        clients,
        power: z
          .int()
          .min(0)
          .max(8)
          .optional()
          .describe("0 for all alike; a larger one for the oldest first; 1 unless given."),
        beacons,
      })
      .refine(({ power, beacons }) => power === undefined || beacons === undefined, {
        path: ["power"],
        error:
          "subchains know no power: from beacons the oldest always come first. Leave out power or beacons",
      }),
  ]),
);

/**
 * Which clients take part in a round.
 *
 * @example
 * const sampling: SamplingSpec = samplingSpecSchema.parse({ kind: "uniform", clients: 50 });
 */
export type SamplingSpec = z.infer<typeof samplingSpecSchema>;
