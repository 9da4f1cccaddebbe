import { z } from "zod";

/** Why no subchain draws by what a laboratory may. */
const UNKNOWN_TO_CHAINS: Readonly<Record<string, string>> = {
  all: "leave sampling out to have all take part",
  size: "a subchain does not know how many samples a worker holds before it shows an update",
  loss: "a subchain does not know a worker's loss, and nobody could check it",
  freshness: "a subchain would have to look at all workers for each that commits",
};

/** The schema of a task's sampling: what its subchains draw, and anyone can check. A text stands for the kind alone. */
export const taskSamplingSchema = z.preprocess(
  (value, context) => {
    const sampling = typeof value === "string" ? { kind: value } : value;
    const kind = (sampling as { kind?: unknown } | null)?.kind;
    const why = typeof kind === "string" ? UNKNOWN_TO_CHAINS[kind] : undefined;
    if (why !== undefined) {
      const message = `the chains draw all alike, which is uniform; ${why}`;
      context.addIssue({ code: "custom", path: ["kind"], message, input: value });
    }
    return sampling;
  },
  z.strictObject({
    kind: z
      .literal("uniform")
      .describe(
        "All alike, from the hash of a block after enrolment ([LearningSubchain](contracts/LearningSubchain.md#who-takes-part)).",
      ),
    clients: z
      .int()
      .min(1)
      .max(65_536)
      .describe("Workers of each subchain that are drawn for a round; all if fewer enrolled."),
  }),
);
