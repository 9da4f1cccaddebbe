import { z } from "zod";

import { checked, readJson } from "../files/readJson.ts";
import { MECHANISMS } from "../mechanisms/mechanisms.ts";
import { weiText } from "../protocol/weiText.ts";
import { dataPlaceSchema, placedBeside } from "./dataPlace.ts";
import { privacyPolicySchema } from "./privacyPolicy.ts";

/** More are replaced on no chain that is worth working on. */
const MOST_SPARE_BLOCKS = 16;

const cost = weiText.transform(BigInt);

/** By mechanism: each section is parsed by its mechanism's schema. */
function ownerSections(description: string) {
  return z
    .record(z.string(), z.unknown())
    .transform((sections, context) =>
      Object.fromEntries(
        Object.entries(sections).map(([name, section]) => {
          const { ownerSchema } = MECHANISMS.find((other) => other.name === name)?.worker ?? {};
          if (ownerSchema === undefined) {
            context.addIssue({
              code: "custom",
              path: [name],
              message: `no mechanism ${name} asks about devices`,
            });
            return [name, section];
          }
          const parsed = ownerSchema.safeParse(section);
          for (const { path, message } of parsed.error?.issues ?? []) {
            context.addIssue({ code: "custom", path: [name, ...path], message });
          }
          return [name, parsed.data];
        }),
      ),
    )
    .exactOptional()
    .describe(description);
}

/** What the owner of a device decides; private to it. */
export const deviceConfigSchema = z.strictObject({
  name: z.string().min(1).describe("Name, for its owner's eyes."),
  cost: cost.describe("δ: what one refresh of its data costs the device, wei."),
  twinCost: cost.describe("δ: what one synchronization costs its twin, wei."),
  spareBlocks: z
    .int()
    .min(0)
    .max(MOST_SPARE_BLOCKS)
    .exactOptional()
    .describe(
      "By how many blocks refreshes and synchronizations are early, so that a reorganization of as many costs nothing; unless given 1 where a chain's blocks are not final at once.",
    ),
  privacyPolicy: privacyPolicySchema.describe("Which of its data may leave the device, for its twin."),
  data: dataPlaceSchema
    .exactOptional()
    .describe(
      "Where its own data are; without it it gets a part of the task's data set, as in a simulation.",
    ),
  mechanisms: ownerSections("What mechanisms ask about the device beyond that, by the mechanism's name."),
  twinMechanisms: ownerSections("The same about its twin; `mechanisms` unless given."),
});

/** The devices of an organisation. */
export const workersConfigSchema = z
  .strictObject({
    devices: z.array(deviceConfigSchema).min(1),
  })
  .superRefine(({ devices }, context) => {
    const names = new Set<string>();
    for (const [i, { name, data }] of devices.entries()) {
      if (data === undefined) continue;
      const message = `another device with data of its own is called ${name} too: what came is kept by name`;
      if (names.has(name)) context.addIssue({ code: "custom", path: ["devices", i, "name"], message });
      names.add(name);
    }
  });

export type DeviceConfig = z.infer<typeof deviceConfigSchema>;
export type WorkersConfig = z.infer<typeof workersConfigSchema>;

/** Reads a file of device configurations, to which paths in it are relative; throws `WORKERS_CONFIG_INVALID`. */
export async function readWorkersConfig(path: string): Promise<WorkersConfig> {
  const { devices } = checked(await readJson(path, "WORKERS_CONFIG_INVALID"), {
    schema: workersConfigSchema,
    code: "WORKERS_CONFIG_INVALID",
    message: `${path} does not describe workers.`,
    next: "Correct the fields named above; examples/workers.json is one that works.",
  });
  return {
    devices: devices.map(({ data, ...device }) =>
      data === undefined ? device : { ...device, data: placedBeside(path, data) },
    ),
  };
}
