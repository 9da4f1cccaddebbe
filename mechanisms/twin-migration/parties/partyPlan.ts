import { getAddress } from "ethers";
import { z } from "zod";

import type { Site } from "../mathematics/mobility/Site.ts";
import { DEFAULT_PARAMETERS } from "../mathematics/parameters.ts";
import { Instance } from "../mathematics/world/Instance.ts";
import { MOST_STATE_BYTES } from "../twins/TwinState.ts";

/** Most vehicles, servers and steps of a plan. */
const MOST_PARTIES = 1000;
const MOST_STEPS = 100_000;

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "an address of 20 bytes is needed")
  .transform((written) => getAddress(written.toLowerCase()));
const metres = z.array(z.number()).max(MOST_STEPS);
const kilobytes = z.int().min(1).max(1_000_000_000);

/** What is public of a market that runs: where servers stand, what each is, when the trace begins. */
const settingSchema = z.strictObject({
  site: z.strictObject({
    widthMetres: z.number().positive(),
    heightMetres: z.number().positive(),
    edgeX: metres.min(1),
    edgeY: metres.min(1),
    cloudX: metres.min(1),
    cloudY: metres.min(1),
    neighbourMetres: z.number().min(0),
  }),
  /** How many vehicles there are: the model's servers are as large as it takes. */
  vehicles: z.int().min(1).max(MOST_PARTIES),
  /** Edge servers in the order of the site, then clouds. */
  servers: z
    .array(
      z.strictObject({
        name: z.string().max(100),
        address,
        kind: z.enum(["Edge", "Cloud"]),
        /** Subchain that records what it hosts. */
        chain: z.string().max(100),
        /** Of an edge server its cloud. */
        cloud: address.exactOptional(),
      }),
    )
    .min(2)
    .max(MOST_PARTIES),
  /** When step 0 is, Unix ms, and how long a step takes. */
  startAtMs: z.number().positive(),
  stepMs: z.int().min(50).max(60_000),
  steps: z.int().min(1).max(MOST_STEPS),
});
export type Setting = z.infer<typeof settingSchema>;

const common = {
  /** For people. */
  name: z.string().max(100),
  /** Of its key among the local ones. */
  key: z.int().min(0).max(999),
  seed: z.int().min(0).max(0xffffffff),
  setting: settingSchema,
};

const vehicleSchema = z.strictObject({
  role: z.literal("vehicle"),
  ...common,
  /** Where it is at each step. */
  track: z.strictObject({ x: metres, y: metres }),
  /** D. */
  kilobytes,
  /** 0: the high class. */
  priority: z.union([z.literal(0), z.literal(1)]),
  /** Bytes of the live state, which moves. */
  stateBytes: z.int().min(64).max(MOST_STATE_BYTES),
  /** Steps from one synchronization to the next; 0: none. */
  synchronizeEvery: z.int().min(0).max(MOST_STEPS),
  rule: z.strictObject({
    hysteresisSeconds: z.number(),
    payoffSeconds: z.number().positive(),
    cloudSeconds: z.number().min(0),
    caution: z.number().min(0).max(10),
  }),
  /** File of a policy that was learned and decides in place of the rule, where the twin has a host. */
  policy: z.string().min(1).max(4096).exactOptional(),
});
const serverSchema = z.strictObject({
  role: z.literal("server"),
  ...common,
  /** Its place among the setting's servers. */
  place: z.int().min(0).max(MOST_PARTIES),
  /** What it does itself, and takes on at the most, kB an epoch. */
  own: kilobytes,
  capacity: kilobytes,
  /** Twins that it hosts at the most. */
  mostTwins: z.int().min(1).max(MOST_PARTIES),
  /** The probability that it does not fail a migration. */
  reliability: z.number().min(0).max(1),
});
const keeperSchema = z.strictObject({ role: z.literal("keeper"), ...common });

/** What one party needs to know: of others only what is public. */
export const partyPlanSchema = z.discriminatedUnion("role", [vehicleSchema, serverSchema, keeperSchema]);
export type PartyPlan = z.infer<typeof partyPlanSchema>;
export type VehiclePlan = z.infer<typeof vehicleSchema>;
export type ServerPlan = z.infer<typeof serverSchema>;
export type KeeperPlan = z.infer<typeof keeperSchema>;

/** The model's instance of a setting. */
export function instanceOf({ site, vehicles }: Setting): Instance {
  return new Instance(vehicles, site as Site, DEFAULT_PARAMETERS);
}
