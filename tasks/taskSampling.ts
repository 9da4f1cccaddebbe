import { z } from "zod";

import { orItsKind } from "../learning/datasets/orItsKind.ts";

/** Why no subchain draws by what a laboratory may. */
const UNKNOWN_TO_CHAINS: Readonly<Record<string, string>> = {
  size: "a subchain does not know how many samples a worker holds before it shows an update",
  loss: "a subchain does not know a worker's loss, and no one can check it",
  freshness: "a subchain would have to look at all workers for each that commits",
};

const REFUSAL = "the chains draw all alike: uniform";

/** The schema of a task's sampling: what its subchains draw, and anyone can check. */
export const taskSamplingSchema = orItsKind(
  z.strictObject({
    kind: z
      .literal("uniform", {
        error: ({ input }) => {
          const why = typeof input === "string" ? UNKNOWN_TO_CHAINS[input] : undefined;
          return why === undefined ? REFUSAL : `${REFUSAL}; ${why}`;
        },
      })
      .describe("All alike, from the hash of a block after enrolment (docs/contracts/LearningSubchain.md)."),
    clients: z
      .int()
      .min(1)
      .max(65_536)
      .describe("Workers of each subchain that are drawn for a round; all if fewer enrolled."),
  }),
);
