import { z } from "zod";
import { checked, parseJson, readJson } from "../files/readJson.ts";
import { datasetKindOf, datasetSpecSchema } from "../learning/datasets/DatasetSpec.ts";
import { partitionSpecSchema } from "../learning/datasets/PartitionSpec.ts";
import { NUMERIC_CLASSES } from "../learning/engine/NumericClass.ts";
import { numericClassSchema } from "../learning/federated/numericClass.ts";
import { strategySpecSchema } from "../learning/federated/strategies/strategySpec.ts";
import { strategyTrainingMismatch } from "../learning/federated/strategies/strategyTrainingMismatch.ts";
import { updateSpecSchema } from "../learning/federated/updateSpec.ts";
import { modelSpecSchema } from "../learning/models/ModelSpec.ts";
import { modelDataMismatch } from "../learning/models/modelDataMismatch.ts";
import { trainingConfigSchema } from "../learning/training/TrainingConfig.ts";
import { shareSchema } from "../numerics/Share.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { longestSeconds } from "../protocol/roundTimes.ts";
import {
  LONGEST_SECONDS,
  MOST_AGGREGATORS,
  MOST_DRAWN_ROUNDS,
  MOST_SUBCHAINS,
  MOST_WORKERS,
} from "../protocol/termsBounds.ts";
import { tooManyUpdates } from "./eventCount.ts";
import { rewardSchema } from "./rewardSchema.ts";
import { roundTooLarge } from "./roundSize.ts";
import { taskSamplingSchema } from "./taskSampling.ts";

/** What the contracts keep in 32 bits. */
const MOST = 2 ** 32 - 1;
const seconds = z.int().min(1).max(LONGEST_SECONDS);

const trainingSchema = z
  .strictObject({
    ...trainingConfigSchema.shape,
    epochs: trainingConfigSchema.shape.epochs.default(1),
    samplesPerRound: z
      .int()
      .min(1)
      .max(MOST)
      .describe("Most samples, its newest, that a worker trains on in a round."),
  })
  .superRefine((training, context) => {
    // What joins several of its fields.
    const { error } = trainingConfigSchema.safeParse(training);
    for (const { path, message } of error?.issues ?? []) context.addIssue({ code: "custom", path, message });
  });

/** What every task has, whatever its mechanism. */
export const commonSchema = z.strictObject({
  name: z.string().min(1).max(100).describe("Name of the task."),
  description: z.string().max(10_000).default("").describe("What it is for."),
  seed: z
    .int()
    .min(0)
    .max(0xffffffff)
    .default(1)
    .describe("Seed of everything random: model, data streams, training."),
  dataset: datasetSpecSchema.describe(
    'Data that workers train on and aggregators evaluate with; a text stands for the kind alone, such as "mnist" for { "kind": "mnist" }.',
  ),
  heldOut: z
    .strictObject({
      digest: z
        .string()
        .regex(/^0x[0-9a-f]{64}$/)
        .describe("Of their samples, as `freshet task held-out` prints it."),
    })
    .optional()
    .describe(
      "Commits to held-out data that aggregators have in a directory of theirs: none attests anything with others. Without it they evaluate with what the data set holds out.",
    ),
  partition: partitionSpecSchema
    .prefault({ kind: "iid" })
    .describe(
      'How training data are dealt to devices that have none of their own; a text stands for the kind alone, such as "iid".',
    ),
  model: modelSpecSchema.describe("The model with its hyper-parameters."),
  numericClass: z
    .preprocess(
      (value) => (value === "strict" || value === "fast" ? NUMERIC_CLASSES[value] : value),
      numericClassSchema,
    )
    .prefault("strict")
    .describe(
      `Arithmetic of the training: "strict", the same bits everywhere, or "fast" (fused multiply-add, native only), stored as ${NUMERIC_CLASSES.strict} or ${NUMERIC_CLASSES.fast}. Updates of another class are left out.`,
    ),
  strategy: strategySpecSchema
    .prefault({ kind: "fedavg" })
    .describe(
      'How updates are trained for and aggregated; a text stands for the kind alone, such as "fedadam".',
    ),
  update: updateSpecSchema.prefault({}).describe("How updates are made and sent."),
  training: trainingSchema.describe("Local training."),
  fractionBits: z
    .int()
    .min(1)
    .max(30)
    .default(20)
    .describe("Fraction bits of the fixed-point integers that updates are made of."),
  rounds: z.int().min(1).max(4096).describe("How many rounds at the most."),
  targetAccuracy: shareSchema({ zero: false, one: true })
    .optional()
    .describe("Held-out accuracy that ends the task early."),
  quorum: shareSchema({ zero: false, one: true })
    .default(1)
    .describe(
      "Share of a subchain's workers that take part in a round whose commits may close a round's commit phase after a quarter of its time; the commits of all close it at any time.",
    ),
  sampling: taskSamplingSchema
    .optional()
    .describe("Which workers of each subchain take part in a round; all unless given."),
  minUpdates: z
    .int()
    .min(1)
    .max(65_535)
    .default(1)
    .describe(
      "Fewest accepted updates with which a round changes the model. With fewer it credits them and keeps the model.",
    ),
  schedule: z
    .strictObject({
      enrolSeconds: seconds.describe("From publication to the start of the epoch: time to enrol."),
      epochSeconds: seconds.describe("T: over which work is measured. Rounds are spread evenly over it."),
      commitSeconds: seconds.describe(
        "How long a round takes commits from its opening on the main chain, unless they are closed earlier.",
      ),
      revealSeconds: seconds.describe(
        "How long a round takes reveals, unless all that committed have revealed.",
      ),
      reportSeconds: seconds.describe(
        "How long the main chain waits for a subchain's report after the reveals.",
      ),
      deadlineSeconds: z
        .int()
        .min(1)
        .max(2 * LONGEST_SECONDS)
        .describe("From publication until the task can be expired and its escrow returned."),
      claimSeconds: seconds.describe(
        "How long pay can be claimed after both the task and its epoch have ended.",
      ),
    })
    .describe("Times, seconds."),
  subchains: z
    .array(z.string())
    .min(1)
    .max(MOST_SUBCHAINS)
    .describe("Names of the subchains that take part, as in the network's configuration."),
  maxWorkers: z.int().min(1).max(MOST_WORKERS).describe("Most workers a subchain enrols."),
  aggregators: z
    .strictObject({
      attestations: z
        .int()
        .min(1)
        .describe("m: how many aggregators must attest the same aggregate, more than half of them."),
      of: z
        .int()
        .min(1)
        .max(MOST_AGGREGATORS)
        .describe("n: how many of the network's aggregators, from the first, may attest."),
    })
    .describe("Who attests aggregates."),
});

/**
 * A learning task, as `task submit` reads it. Every field is documented where it
 * is declared; docs/task-spec.md is generated from here.
 */
export function taskSpecSchema() {
  const reward = rewardSchema().describe("What is paid, by a reward policy.");
  return commonSchema.extend({ reward }).superRefine((spec, context) => {
    // Fields are compared with each other once each is right by itself.
    if (context.issues.length > 0) return;
    const { dataset, partition, model, strategy, training, sampling } = spec;
    const { minUpdates, maxWorkers, subchains, aggregators } = spec;
    const issue = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    const perRound = sampling?.clients ?? maxWorkers;
    if (sampling !== undefined && spec.rounds > MOST_DRAWN_ROUNDS) {
      issue(["rounds"], `at most ${MOST_DRAWN_ROUNDS} where workers are drawn for each`);
    }
    if (perRound > maxWorkers) issue(["sampling", "clients"], `a subchain has at most ${maxWorkers} workers`);
    if (minUpdates > perRound * subchains.length) {
      const most = sampling === undefined ? "maxWorkers" : "sampling.clients";
      issue(
        ["minUpdates"],
        `no round can have more than ${most} × subchains = ${perRound * subchains.length} updates`,
      );
    }
    if (maxWorkers * subchains.length > MOST_WORKERS) {
      issue(["maxWorkers"], `all subchains together have at most ${MOST_WORKERS} workers`);
    }
    const { enrolSeconds, epochSeconds, deadlineSeconds } = spec.schedule;
    const least = enrolSeconds + Math.max(epochSeconds, longestSeconds(spec.rounds, spec.schedule));
    if (deadlineSeconds < least) {
      issue(
        ["schedule", "deadlineSeconds"],
        `at least ${least} s: enrolment, and the longest that ${spec.rounds} rounds and the epoch can take`,
      );
    }
    if (deadlineSeconds > enrolSeconds + LONGEST_SECONDS) {
      issue(
        ["schedule", "deadlineSeconds"],
        `at most ${enrolSeconds + LONGEST_SECONDS} s: enrolment, and 366 days after it`,
      );
    }
    const twice = subchains.find((name, i) => subchains.indexOf(name) !== i);
    if (twice !== undefined) issue(["subchains"], `${twice} is named twice`);
    const tooLarge = roundTooLarge(spec, maxWorkers * subchains.length);
    if (tooLarge !== undefined) issue(["maxWorkers"], tooLarge);
    const tooMany = tooManyUpdates(spec.rounds, maxWorkers * subchains.length);
    if (tooMany !== undefined) issue(["rounds"], tooMany);
    if (aggregators.attestations * 2 <= aggregators.of) {
      issue(["aggregators", "attestations"], `more than half of ${aggregators.of} aggregators must attest`);
    }
    if (aggregators.attestations > aggregators.of) {
      issue(["aggregators", "attestations"], `only ${aggregators.of} aggregators may attest`);
    }
    const untrainable = strategyTrainingMismatch(strategy, training);
    if (untrainable !== undefined) issue(["strategy"], untrainable);
    const shape = datasetKindOf(dataset).shape(dataset);
    const mismatch = modelDataMismatch(model, shape);
    if (mismatch !== undefined) issue(["model"], mismatch);
    if (partition.kind === "natural" && shape.client === undefined) {
      issue(["partition"], `the samples of ${dataset.kind}, as described, don't tell their natural clients`);
    }
    if (["dirichlet", "shards"].includes(partition.kind) && shape.classes === 0) {
      issue(
        ["partition"],
        `${partition.kind} deals classes, and the labels of ${dataset.kind} are real targets`,
      );
    }
    if (
      partition.kind === "quantity" &&
      (partition.alpha === undefined) === (partition.sizes === undefined)
    ) {
      issue(["partition"], "quantity needs either alpha or sizes");
    }
  });
}

/** A learning task with all defaults filled in. */
export type TaskSpec = z.infer<ReturnType<typeof taskSpecSchema>>;

/**
 * Checks a task's specification.
 *
 * @throws `TASK_SPEC_INVALID` naming every field that does not hold.
 */
export function parseTaskSpec(value: unknown, source = "the task"): TaskSpec {
  return checked(value, {
    schema: taskSpecSchema(),
    code: "TASK_SPEC_INVALID",
    message: `${source} is not a valid task specification.`,
    next: "Correct the fields named above; docs/task-spec.md documents each, examples/ has some that work.",
  });
}

/** Reads and checks a specification file. */
export async function readTaskSpec(path: string): Promise<TaskSpec> {
  return parseTaskSpec(await readJson(path, "TASK_SPEC_INVALID"), path);
}

/** The largest specification that is stored or read, bytes (1 MiB): whoever reads it parses all of it at once. */
export const MOST_SPEC_BYTES = 2 ** 20;

/**
 * The bytes of a specification as they are stored: JSON with the schema's order of fields.
 *
 * @throws `TASK_SPEC_TOO_LARGE`.
 */
export function encodeTaskSpec(spec: TaskSpec): Uint8Array {
  const bytes = new TextEncoder().encode(`${JSON.stringify(taskSpecSchema().parse(spec), null, 2)}\n`);
  assertSpecSize(bytes);
  return bytes;
}

function assertSpecSize({ length }: Uint8Array): void {
  if (length <= MOST_SPEC_BYTES) return;
  throw new BaseError("TASK_SPEC_TOO_LARGE", "The task specification is too large.", {
    details: `It has ${length} bytes; the limit is ${MOST_SPEC_BYTES}.`,
  });
}

/** Reads stored bytes back; throws `TASK_SPEC_INVALID` or `TASK_SPEC_TOO_LARGE`. */
export function decodeTaskSpec(bytes: Uint8Array): TaskSpec {
  assertSpecSize(bytes);
  const source = "The stored specification";
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new BaseError("TASK_SPEC_INVALID", `${source} is not UTF-8.`, { cause });
  }
  return parseTaskSpec(parseJson(text, source, "TASK_SPEC_INVALID"), source);
}
