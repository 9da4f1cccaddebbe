import { z } from "zod";

/** Why no subchain draws by what a laboratory may. */
const UNKNOWN_TO_CHAINS: Readonly<Record<string, string>> = {
  all: "leave sampling out to have all take part",
  size: "how many samples a worker holds it alone can say, and nobody can check that before it is drawn: who says more would be drawn more often",
  loss: "its loss a worker alone can say, and nobody can check that before it is drawn: who says more would be drawn more often",
};

const clients = z
  .int()
  .min(1)
  .max(65_535)
  .describe("Workers of each subchain that are drawn for a round; all if fewer enrolled.");

/** The schema of a task's sampling: what its subchains draw, and anyone can check. A text stands for the kind alone. */
export const taskSamplingSchema = z.preprocess(
  (value, context) => {
    const sampling = typeof value === "string" ? { kind: value } : value;
    const kind = (sampling as { kind?: unknown } | null)?.kind;
    const why = typeof kind === "string" ? UNKNOWN_TO_CHAINS[kind] : undefined;
    if (why !== undefined) {
      const message = `the chains draw uniform, all alike, or by freshness, taking turns; ${why}`;
      context.addIssue({ code: "custom", path: ["kind"], message, input: value });
    }
    return sampling;
  },
  z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z
        .literal("uniform")
        .describe(
          "All alike, each round anew, from the hash of a block after enrolment ([LearningSubchain](contracts/LearningSubchain.md#who-takes-part)).",
        ),
      clients,
    }),
    z.strictObject({
      kind: z
        .literal("freshness")
        .describe(
          "Those whose last part is longest ago (Yang et al. 2020): they take turns, in an order from the same hash, and nobody waits longer than ⌈workers / clients⌉ rounds.",
        ),
      clients,
    }),
  ]),
);
