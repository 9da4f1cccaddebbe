import { z } from "zod";
import { checked } from "../../files/readJson.ts";
import { datasetKindOf } from "../../learning/datasets/DatasetSpec.ts";
import { behaviourOf } from "../../learning/federated/behaviours/behaviourSpec.ts";
import { samplingSpecSchema } from "../../learning/federated/sampling/samplingSpec.ts";
import { strategyOf } from "../../learning/federated/strategies/strategyOf.ts";
import { strategyTrainingMismatch } from "../../learning/federated/strategies/strategyTrainingMismatch.ts";
import { modelDataMismatch } from "../../learning/models/modelDataMismatch.ts";
import { BASELINES } from "../../mechanisms/baselines.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { LONGEST_SECONDS } from "../../protocol/termsBounds.ts";
import { weiText } from "../../protocol/weiText.ts";
import { clientCount } from "../../tasks/population/Population.ts";
import {
  behavioursSchema,
  MOST_CLIENTS,
  populationSpecSchema,
} from "../../tasks/population/populationSpec.ts";
import { commonSchema } from "../../tasks/taskSpec.ts";
import { SIMULATION_BOUNDS } from "../federated/simulationBounds.ts";
import { laboratoryExcess } from "./laboratoryExcess.ts";

/** Seconds of a round that are left for reveals behind its commits. */
export const REVEAL_SECONDS = 2;
const MOST_SAMPLES = 2 ** 31;
/** Clients that depart together in a run. */
const MOST_DEPARTING = 1000;

const seconds = z.int().min(1).max(LONGEST_SECONDS);
const { dataset, partition, model, numericClass, strategy, update, training, fractionBits, rounds } =
  commonSchema.shape;

const baselineSchema = z.strictObject({
  baseline: z
    .enum(BASELINES.map(({ name }) => name) as [string, ...string[]])
    .describe("Divides a budget: the name of a baseline (docs/compare.md)."),
  budget: weiText.describe("What it divides, wei."),
  refreshSeconds: seconds
    .optional()
    .describe("How often it asks for a refresh, seconds; once a round unless given. It pays nothing for it."),
});

const policySchema = z
  .looseObject({
    policy: z
      .enum(MECHANISMS.map(({ name }) => name) as [string, ...string[]])
      .describe("A mechanism, with the fields of `reward` in a task file (docs/task-spec.md)."),
  })
  .describe(
    'A reward as in a task file. An object `{ "eachClient": value }` in it stands for a list with that value for each client, in which the text "$address" is the client\'s address.',
  );

const fieldsSchema = z.strictObject({
  dataset,
  trainingSamples: z
    .int()
    .min(1)
    .max(MOST_SAMPLES)
    .optional()
    .describe("How many of its training samples are dealt, drawn with the seed; all unless given."),
  heldOutSamples: z
    .int()
    .min(1)
    .max(MOST_SAMPLES)
    .optional()
    .describe(
      "How many of its held-out samples models are looked at on, drawn with the seed; all unless given.",
    ),
  partition,
  drift: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe(
      "How much a client's samples change over the epoch: 0 for any order, 1 for class after class, so that what is new is seen by those alone who refresh.",
    ),
  firstShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe(
      "Share of its samples that a client has when the epoch begins; the others come evenly over it.",
    ),
  ...{ model, numericClass, strategy, update, training, fractionBits, rounds },
  schedule: z
    .strictObject({
      epochSeconds: seconds.describe("T: over which work is measured. Rounds are spread evenly over it."),
      commitSeconds: seconds.describe("How long a round takes updates from its opening."),
    })
    .describe("Times, seconds."),
  sampling: samplingSpecSchema
    .prefault("all")
    .describe("Which of those who are enrolled take part in a round (docs/laboratory.md)."),
  population: populationSpecSchema.describe(
    "The clients, as a population file has them (docs/population.md).",
  ),
  clients: z
    .int()
    .min(1)
    .max(SIMULATION_BOUNDS.playedClients)
    .optional()
    .describe("How many clients there are; as the population says unless given."),
  mechanism: z.union([baselineSchema, policySchema]).describe("What clients are paid by."),
  deviation: z
    .strictObject({
      clients: z
        .array(z.int().min(0).max(MOST_CLIENTS))
        .min(1)
        .max(MOST_DEPARTING)
        .describe("Who departs, by number from 0."),
      behaviour: behavioursSchema.describe("What they do instead of what their groups say."),
    })
    .optional()
    .describe(
      "Some clients behave otherwise; everything else is as it was, so that it shows what that brings them.",
    ),
});

/** The schema of {@link LaboratorySetting}. */
export const laboratorySettingSchema = fieldsSchema.superRefine((setting, context) => {
  if (context.issues.length > 0) return;
  const { schedule, model, strategy, training, rounds, population, deviation } = setting;
  const issue = (path: (string | number)[], message: string) =>
    context.addIssue({ code: "custom", path, message });
  const most = Math.floor(schedule.epochSeconds / rounds) - REVEAL_SECONDS;
  if (schedule.commitSeconds > most) {
    issue(["schedule", "commitSeconds"], `at most ${most} s: ${rounds} rounds share the epoch`);
  }
  const untrainable = strategyTrainingMismatch(strategy, training);
  if (untrainable !== undefined) issue(["strategy"], untrainable);
  const mismatch = modelDataMismatch(model, datasetKindOf(setting.dataset).shape(setting.dataset));
  if (mismatch !== undefined) issue(["model"], mismatch);
  const clients = clientsOf(setting);
  if (typeof clients === "string") {
    issue(["clients"], clients);
    return;
  }
  const absent = deviation?.clients.find((client) => client >= clients);
  if (absent !== undefined) {
    issue(["deviation", "clients"], `there is no client ${absent}: they are 0 to ${clients - 1}`);
  }
  if (mismatch === undefined) {
    for (const [field, message] of laboratoryExcess(setting, clients)) issue([field], message);
  }
  if (strategyOf(strategy).sendsControl === true) {
    const copying = [...population.groups.map(({ behaviour }) => behaviour), deviation?.behaviour ?? []];
    if (copying.some((behaviours) => behaviourOf(behaviours, "copy") !== undefined)) {
      issue(["population"], `who copies has nothing to correct ${strategy.kind} by: choose another strategy`);
    }
  }
});

/** How many clients there are; why that cannot be told. */
function clientsOf({ population, clients }: Pick<z.infer<typeof fieldsSchema>, "population" | "clients">) {
  try {
    return clientCount(population, clients);
  } catch (error) {
    if (error instanceof BaseError) return `${error.shortMessage} ${error.details}`;
    throw error;
  }
}

/** One experiment of the laboratory: a federation of a population, paid by a mechanism. The seed comes beside it. */
export type LaboratorySetting = z.infer<typeof laboratorySettingSchema>;

/** @throws BaseError `LABORATORY_SETTING` naming every field that does not hold. */
export function parseLaboratorySetting(value: unknown, source = "the setting"): LaboratorySetting {
  return checked(value, {
    schema: laboratorySettingSchema,
    code: "LABORATORY_SETTING",
    message: `${source} is not a setting of the laboratory.`,
    next: "Correct the fields named above; docs/laboratory.md documents each.",
  });
}
