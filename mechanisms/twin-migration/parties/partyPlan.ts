import { getAddress } from "ethers";
import { z } from "zod";

import type { KeySource } from "../../../chains/keys/KeySource.ts";
import type { Site } from "../mathematics/mobility/Site.ts";
import { DEFAULT_PARAMETERS } from "../mathematics/parameters.ts";
import { Instance } from "../mathematics/world/Instance.ts";
import { HEADER_BYTES, MOST_STATE_BYTES } from "../twins/TwinState.ts";

/** Most vehicles, servers and steps of a plan. */
const MOST_PARTIES = 1000;
const MOST_STEPS = 100_000;

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "an address of 20 bytes is needed")
  .transform((written) => getAddress(written.toLowerCase()));
const metres = z.array(z.number()).max(MOST_STEPS);
/** A check across fields: says what is wrong at a path. */
type Say = (path: readonly (string | number)[], message: string) => void;
const BYTES_A_KILOBYTE = 1000;
/** 2^48 ms: the year 10889. */
const LATEST_MS = 2 ** 48;
const kilobytes = z.int().min(1).max(1_000_000_000);

/** What is public of a market that runs: where servers stand, what each is, when the trace begins. */
const settingShape = z.strictObject({
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
  startAtMs: z.number().positive().max(LATEST_MS),
  stepMs: z.int().min(50).max(60_000),
  steps: z.int().min(1).max(MOST_STEPS),
});
const settingSchema = settingShape.superRefine((setting, context) => checkSetting(setting, sayIn(context)));
export type Setting = z.infer<typeof settingSchema>;

const common = {
  /** For people. */
  name: z.string().max(100),
  /** Of its key among the party keys of its node file, or of the public development keys. */
  key: z.int().min(0).max(999),
  seed: z.int().min(0).max(0xffffffff),
  setting: settingSchema,
};

const vehicleShape = z.strictObject({
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
const serverShape = z.strictObject({
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
const keeperShape = z.strictObject({ role: z.literal("keeper"), ...common });

/** What one party needs to know, whose key is among some: of others only what is public. */
export function partyPlanSchema(keys: KeySource) {
  return z
    .discriminatedUnion("role", [vehicleShape, serverShape, keeperShape])
    .superRefine((plan, context) => {
      const say = sayIn(context);
      // Without a key of its own nobody can be a party: its absence is told as what it is.
      const holder = keys.key("party", plan.key).address;
      if (plan.role === "vehicle") checkVehicle(plan, holder, say);
      if (plan.role === "server") checkServer(plan, holder, say);
    });
}
export type PartyPlan = z.infer<ReturnType<typeof partyPlanSchema>>;
export type VehiclePlan = z.infer<typeof vehicleShape>;
export type ServerPlan = z.infer<typeof serverShape>;
export type KeeperPlan = z.infer<typeof keeperShape>;

/** The model's instance of a setting. */
export function instanceOf({ site, vehicles }: Setting): Instance {
  return new Instance(vehicles, site as Site, DEFAULT_PARAMETERS);
}

function sayIn(context: z.RefinementCtx): Say {
  return (path, message) => context.addIssue({ code: "custom", path: [...path], message });
}

/** Places fit to servers: edges in the order of the site, each with one of the clouds that come after them. */
function checkSetting({ site, servers }: z.infer<typeof settingShape>, say: Say): void {
  const [edges, clouds] = [site.edgeX.length, site.cloudX.length];
  if (site.edgeY.length !== edges) {
    say(["site", "edgeY"], `there are ${site.edgeY.length} for ${edges} edge servers in edgeX`);
  }
  if (site.cloudY.length !== clouds) {
    say(["site", "cloudY"], `there are ${site.cloudY.length} for ${clouds} clouds in cloudX`);
  }
  if (servers.length !== edges + clouds) {
    say(
      ["servers"],
      `there are ${servers.length}; the site has places for ${edges} edge servers and ${clouds} clouds`,
    );
    return;
  }
  const known = new Set(servers.slice(edges).map(({ address: one }) => one));
  for (const [m, { kind, cloud, address: own }] of servers.entries()) {
    const due = m < edges ? "Edge" : "Cloud";
    if (kind !== due) say(["servers", m, "kind"], `it stands where the site has an ${due}`);
    if (m < edges && (cloud === undefined || !known.has(cloud))) {
      say(["servers", m, "cloud"], "an edge server names one of the clouds that come after the edge servers");
    }
    if (m >= edges && cloud !== undefined) say(["servers", m, "cloud"], "a cloud has none");
    if (servers.findIndex(({ address: one }) => one === own) < m) {
      say(["servers", m, "address"], "another server has the same");
    }
  }
}

function checkVehicle(plan: VehiclePlan, holder: string, say: Say): void {
  const { track, setting, stateBytes, kilobytes: volume } = plan;
  if (track.x.length !== track.y.length) {
    say(["track", "y"], `there are ${track.y.length} for ${track.x.length} places in x`);
  }
  if (track.x.length < setting.steps) {
    say(["track", "x"], `there are ${track.x.length} places for ${setting.steps} steps`);
  }
  const most = volume * BYTES_A_KILOBYTE - HEADER_BYTES;
  if (stateBytes > most) {
    say(
      ["stateBytes"],
      `of a twin of ${volume} kB at most ${most} can move: no server takes on more than is paid for`,
    );
  }
  const server = setting.servers.find(({ address: one }) => one === holder);
  if (server !== undefined) say(["key"], `it is the key of ${server.name}`);
}

function checkServer({ place, own, capacity, setting }: ServerPlan, holder: string, say: Say): void {
  const server = setting.servers[place];
  if (server === undefined) {
    say(["place"], `there are ${setting.servers.length} servers, counted from 0`);
    return;
  }
  if (server.address !== holder) {
    say(["key"], `its address is ${holder}; ${server.name}, which has place ${place}, has ${server.address}`);
  }
  if (own > capacity) say(["own"], `it is more than the capacity of ${capacity} kB`);
  if (server.kind === "Cloud" && own < capacity) say(["own"], "a cloud does all itself: it is the capacity");
}
