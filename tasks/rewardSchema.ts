import { z } from "zod";

import type { Mechanism } from "../mechanisms/Mechanism.ts";
import { MECHANISMS } from "../mechanisms/mechanisms.ts";
import { weiText } from "../protocol/weiText.ts";
import { writtenAddressSchema } from "../protocol/writtenAddress.ts";

/** What every mechanism's reward has. */
const common = {
  token: writtenAddressSchema.optional().describe("ERC-20 that pays; the network's token unless given."),
  budget: weiText.optional().describe("Escrow, wei; the worst case that the terms can cost unless given."),
};

/** A task file's `reward`: what every mechanism has, and the fields of the one that `policy` names. */
export type TaskReward = { policy: string } & z.infer<z.ZodObject<typeof common>> &
  Readonly<Record<string, unknown>>;

/** `reward` of task files: the fields are those of the mechanism that `policy` names, one of those that there are now. */
export function rewardSchema(): z.ZodType<TaskReward> {
  const [first, ...others] = MECHANISMS.map(rewardOf);
  return z.discriminatedUnion("policy", [first!, ...others]) as unknown as z.ZodType<TaskReward>;
}

function rewardOf({ name, task }: Mechanism) {
  return z.strictObject({
    policy: z.literal(name).describe(task.description),
    ...common,
    ...task.rewardFields,
  });
}
