import { z } from "zod";

import { readText } from "../files/readText.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { privacyPolicySchema } from "./privacyPolicy.ts";

const cost = z
  .string()
  .regex(/^\d+$/, "a cost is a whole number of wei, written as a string of digits")
  .transform((digits) => BigInt(digits));

/** What the owner of a device decides; private to it. */
export const deviceConfigSchema = z.strictObject({
  name: z.string().min(1).describe("Name, for its owner's eyes."),
  cost: cost.describe("δ: what one refresh of its data costs the device, wei."),
  twinCost: cost.describe("δ: what one synchronization costs its twin, wei."),
  privacyPolicy: privacyPolicySchema.describe("Which of its data may leave the device, for its twin."),
});

/** The devices of an organisation. */
export const workersConfigSchema = z.strictObject({
  devices: z.array(deviceConfigSchema).min(1),
});

export type DeviceConfig = z.infer<typeof deviceConfigSchema>;
export type WorkersConfig = z.infer<typeof workersConfigSchema>;

/** Reads a file of device configurations; throws `WORKERS_CONFIG_INVALID`. */
export async function readWorkersConfig(path: string): Promise<WorkersConfig> {
  const text = await readText(path);
  try {
    return workersConfigSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new BaseError("WORKERS_CONFIG_INVALID", `${path} does not describe workers.`, {
      details: cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause),
      next: "Correct the fields named above; examples/workers.json is one that works.",
      cause,
    });
  }
}
