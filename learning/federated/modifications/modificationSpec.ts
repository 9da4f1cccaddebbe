import { z } from "zod";

/** The schema of {@link ModificationSpec}. */
export const modificationSpecSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("clip").describe("Scales an update down to a norm if its own is larger."),
    norm: z.number().positive().describe("S: greatest Euclidean norm of what training changed in all."),
  }),
]);

/** What is done to an update between training and encoding; docs/strategies.md has the equations. */
export type ModificationSpec = z.infer<typeof modificationSpecSchema>;
