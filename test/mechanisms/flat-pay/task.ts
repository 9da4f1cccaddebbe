import { z } from "zod";

import type { MechanismTask } from "../../../mechanisms/MechanismTask.ts";
import { encodeTerms, type FlatPayTerms } from "./encodings.ts";

const rewardSchema = z.object({
  payPerRound: z
    .string()
    .regex(/^\d+$/)
    .refine((digits) => BigInt(digits) < 2n ** 96n)
    .describe("Pay of a round that took the worker's update, wei."),
  lanes: z.int().min(0).max(255).default(2).describe("How many lanes there are."),
});

/** The terms that a reward asks for. */
export function termsOf(reward: Readonly<Record<string, unknown>>): FlatPayTerms {
  const { payPerRound, lanes } = rewardSchema.parse(reward);
  return { payPerRound: BigInt(payPerRound), lanes };
}

/** Flat pay's part of a task file. */
export const task: MechanismTask = {
  description: "The same pay for every round that took a worker's update.",
  rewardFields: rewardSchema.shape,
  rules: [{ rule: "`reward.payPerRound` is not 0", checkedBy: "main and relay chain (`PayMissing`)" }],
  terms(reward, { rounds, maxWorkers, subchains }) {
    const terms = termsOf(reward);
    return {
      encoded: encodeTerms(terms),
      worstCase: terms.payPerRound * BigInt(rounds * maxWorkers * subchains),
    };
  },
};
