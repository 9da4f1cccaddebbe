import { z } from "zod";
import { checked, readJson } from "../../files/readJson.ts";
import { behaviourSpecSchema } from "../../learning/federated/behaviours/behaviourSpec.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import { distributionSchema } from "./distribution.ts";

/** Most clients of a population. */
export const MOST_CLIENTS = 1_000_000;
const MOST_GROUPS = 32;
/** Fields that a mechanism may ask an owner. */
const MOST_FIELDS = 64;
/** What one refresh or update may cost, tokens: exact as a number of 10⁻⁹ tokens. */
export const COST_BOUNDS = { least: 0, most: 1e6 };
/** What an update may take, seconds. */
export const SECONDS_BOUNDS = { least: 0, most: 1e6 };
/** What a mechanism may ask of an owner. */
export const FIELD_BOUNDS = { least: 0, most: 1e9 };

/** A client's behaviours as a file has them: one, or a list of some that go together. */
export const behavioursSchema = z.preprocess(
  (written) => (Array.isArray(written) ? written : [written]),
  z
    .array(behaviourSpecSchema)
    .min(1)
    .max(8)
    .superRefine((list, context) => {
      const kinds = list.map(({ kind }) => kind);
      const twice = kinds.find((kind, place) => kinds.indexOf(kind) !== place);
      if (twice !== undefined) context.addIssue({ code: "custom", message: `${twice} is named twice` });
      if (kinds.length > 1 && kinds.includes("honest")) {
        context.addIssue({ code: "custom", message: "who is honest does nothing else" });
      }
    }),
);

const ownerField = z.union([
  distributionSchema(FIELD_BOUNDS),
  z.strictObject({
    tokens: distributionSchema(COST_BOUNDS).describe("An amount that the mechanism reads in wei, in tokens."),
  }),
  z.strictObject({
    of: z.enum(["refresh", "update"]).describe("The same client's cost that an amount is a multiple of."),
    times: z.number().min(0).max(1e6).describe("What it is multiplied by."),
  }),
]);

const costsSchema = z
  .strictObject({
    refresh: distributionSchema(COST_BOUNDS)
      .default(0)
      .describe("What one refresh of its data costs it, tokens."),
    update: distributionSchema(COST_BOUNDS)
      .default(0)
      .describe("What training and sending one update costs it without haste, tokens."),
  })
  .prefault({});

const groupSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .max(60)
    .describe("What results call it."),
  count: z.int().min(1).max(MOST_CLIENTS).optional().describe("How many clients it has …"),
  share: z
    .number()
    .gt(0)
    .max(1e9)
    .optional()
    .describe("… or its share, in any unit, of the clients that groups with a count leave over."),
  behaviour: behavioursSchema
    .prefault("honest")
    .describe("What its clients do; one, or a list of some that go together."),
  costs: costsSchema.describe("What is private to each client."),
  updateSeconds: distributionSchema(SECONDS_BOUNDS)
    .default(1)
    .describe("How long an update takes a client, seconds, where its mechanism says nothing of it."),
  mechanisms: z
    .record(z.string(), z.record(z.string(), ownerField))
    .default({})
    .describe(
      "What mechanisms ask about a client beyond that, by the mechanism's name, as in a workers file; a client of which nothing is said stays away from one that asks.",
    ),
});

/** The schema of {@link PopulationSpec}. */
export const populationSpecSchema = z
  .strictObject({
    clients: z
      .int()
      .min(1)
      .max(MOST_CLIENTS)
      .optional()
      .describe("How many clients there are; those of `count` unless given."),
    groups: z.array(groupSchema).min(1).max(MOST_GROUPS).describe("Clients that are alike."),
  })
  .superRefine(({ clients, groups }, context) => {
    const issue = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    for (const [place, { name, count, share, mechanisms }] of groups.entries()) {
      if (groups.findIndex((other) => other.name === name) !== place) {
        issue(["groups", place, "name"], `another group is called ${name} too`);
      }
      if ((count === undefined) === (share === undefined)) {
        issue(["groups", place], "a group has either a count or a share");
      }
      for (const [mechanism, fields] of Object.entries(mechanisms)) {
        const { ownerSchema } = MECHANISMS.find((one) => one.name === mechanism)?.worker ?? {};
        if (ownerSchema === undefined) {
          issue(["groups", place, "mechanisms", mechanism], `no mechanism ${mechanism} asks about clients`);
        }
        if (Object.keys(fields).length > MOST_FIELDS) {
          issue(["groups", place, "mechanisms", mechanism], `at most ${MOST_FIELDS} fields`);
        }
      }
    }
    const counted = groups.reduce((sum, { count = 0 }) => sum + count, 0);
    if (counted > MOST_CLIENTS) issue(["groups"], `at most ${MOST_CLIENTS} clients in all`);
    const areShared = groups.some(({ share }) => share !== undefined);
    if (clients === undefined) return;
    if (areShared ? clients < counted : clients !== counted) {
      issue(["clients"], `the groups' counts come to ${counted}`);
    }
  });

/** Groups of clients: how they behave, and what their private costs are drawn from. docs/population.md is generated from here. */
export type PopulationSpec = z.infer<typeof populationSpecSchema>;

/** A group of clients. */
export type PopulationGroup = PopulationSpec["groups"][number];

/** @throws BaseError `POPULATION_INVALID` naming every field that does not hold. */
export function parsePopulation(value: unknown, source = "the population"): PopulationSpec {
  return checked(value, {
    schema: populationSpecSchema,
    code: "POPULATION_INVALID",
    message: `${source} does not describe clients.`,
    next: "Correct the fields named above; docs/population.md documents each, examples/population.json is one that works.",
  });
}

/** Reads and checks a population file; throws `POPULATION_INVALID`. */
export async function readPopulation(path: string): Promise<PopulationSpec> {
  return parsePopulation(await readJson(path, "POPULATION_INVALID"), path);
}
