import { z } from "zod";

import { ordinal } from "../../protocol/ordinal.ts";
import { weiText } from "../../protocol/weiText.ts";
import { wrongProbabilities } from "./mathematics/wrongProbabilities.ts";

/** What the contracts keep in 96 bits. */
const price = weiText.refine(
  (digits) => !/^\d+$/.test(digits) || BigInt(digits) < 2n ** 96n,
  "amounts are below 2^96 wei",
);
/** What the contracts keep in 32 bits. */
const seconds = z
  .int()
  .min(1)
  .max(2 ** 32 - 1);

const typesMenuSchema = z
  .strictObject({
    costs: z
      .array(price)
      .min(1)
      .max(256)
      .describe("δ_n: each type's cost of one update, wei, from the dearest to the cheapest."),
    probabilities: z.array(z.number().min(0).max(1)).describe("Q_n: how likely each type is; they sum to 1."),
    unitProfit: weiText.describe(
      "β: what the publisher gains a worker and epoch from e times the freshness, wei.",
    ),
    agePreference: z
      .number()
      .min(0)
      .max(1)
      .describe("α: weight of the age of information against service latency."),
    toleratedAgeSeconds: z
      .number()
      .positive()
      .describe("K: age of information at which data are worthless, seconds."),
    toleratedLatencySeconds: z
      .number()
      .positive()
      .describe("H: service latency at which data are worthless, seconds."),
    periodSeconds: z.number().positive().describe("t: length of one period of the update cycle, seconds."),
    fixedPhase: z
      .enum(["collection", "idle"])
      .describe("Which phase of the cycle has a fixed length; the other is adjusted."),
    fixedPeriods: z.int().min(0).describe("Length of the fixed phase, periods."),
    latency: z
      .enum(["exact", "printed"])
      .default("exact")
      .describe("Mean service latency: exact, or as the paper prints eq. 2."),
  })
  .superRefine(({ costs, probabilities }, context) => {
    const issue = (message: string) => context.addIssue({ code: "custom", path: ["probabilities"], message });
    if (probabilities.length !== costs.length) {
      issue(`one probability for each of the ${costs.length} costs; there are ${probabilities.length}`);
    }
    const wrong = wrongProbabilities(probabilities);
    if (wrong !== undefined) issue(wrong);
    const rises = costs.findIndex((cost, n) => n > 0 && BigInt(cost) > BigInt(costs[n - 1]!));
    if (rises > 0) {
      const message = `types go from the dearest to the cheapest; type ${ordinal(rises)} costs more than the one before it`;
      context.addIssue({ code: "custom", path: ["costs", rises], message });
    }
  });

const itemsMenuSchema = z
  .array(
    z.strictObject({
      period: seconds.describe("θ_n: longest time between two refreshes, seconds."),
      reward: price.describe("R_n: reward for the epoch, wei."),
      cost: price.describe("δ_n: cost of one update of the type it is meant for, wei."),
    }),
  )
  .min(1)
  .max(256);

/** What the AoI contract asks for in a task file's `reward`. */
export const rewardSchema = z.object({
  bonus: price
    .refine((digits) => !/^0+$/.test(digits), "the bonus is at least 1 wei")
    .default("1")
    .describe("B ≥ 1: paid on top for an epoch without a gap and all rounds accepted, wei."),
  menu: z
    .union([z.strictObject({ types: typesMenuSchema }), z.strictObject({ items: itemsMenuSchema })])
    .describe("The menu: solved from the types of workers, or given item by item."),
});

export type AoIReward = z.infer<typeof rewardSchema>;
/** Types that a menu is solved from. */
export type MenuTypes = z.infer<typeof typesMenuSchema>;
