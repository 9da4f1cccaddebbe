import { z } from "zod";

const wei = z.string().regex(/^\d+$/, "amounts are whole numbers of wei, written as strings of digits");
/** What the contracts keep in 96 bits. */
const price = wei.refine(
  (digits) => !/^\d+$/.test(digits) || BigInt(digits) < 2n ** 96n,
  "amounts are below 2^96 wei",
);
/** What the contracts keep in 32 bits. */
const seconds = z
  .int()
  .min(1)
  .max(2 ** 32 - 1);

const typesMenuSchema = z.strictObject({
  costs: z
    .array(price)
    .min(1)
    .max(256)
    .describe("δ_n: each type's cost of one update, wei, from the dearest to the cheapest."),
  probabilities: z.array(z.number().min(0).max(1)).describe("Q_n: how likely each type is; they sum to 1."),
  unitProfit: wei.describe("β: what the publisher gains a worker and epoch from e times the freshness, wei."),
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
    .default("1")
    .describe("B ≥ 1: paid on top for an epoch without a gap and all rounds accepted, wei."),
  menu: z
    .union([z.strictObject({ types: typesMenuSchema }), z.strictObject({ items: itemsMenuSchema })])
    .describe("The menu: solved from the types of workers, or given item by item."),
});

export type AoIReward = z.infer<typeof rewardSchema>;
/** Types that a menu is solved from. */
export type MenuTypes = z.infer<typeof typesMenuSchema>;
