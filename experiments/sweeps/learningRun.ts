import { z } from "zod";
import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { datasetKindOf } from "../../learning/datasets/DatasetSpec.ts";
import { partition as partitioned } from "../../learning/datasets/partition.ts";
import { partitionByClient } from "../../learning/datasets/partitionByClient.ts";
import type { LearningTask } from "../../learning/federated/LearningTask.ts";
import { encodeModel } from "../../learning/federated/modelCodec.ts";
import { samplingSpecSchema } from "../../learning/federated/sampling/samplingSpec.ts";
import { strategyOf } from "../../learning/federated/strategies/strategyOf.ts";
import { strategyTrainingMismatch } from "../../learning/federated/strategies/strategyTrainingMismatch.ts";
import { modelDataMismatch } from "../../learning/models/modelDataMismatch.ts";
import { trainingConfigSchema } from "../../learning/training/TrainingConfig.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import type { FederatedClients } from "../../simulation/federated/FederatedClients.ts";
import { federatedRounds } from "../../simulation/federated/federatedRounds.ts";
import { damaged } from "../../simulation/federated/RoundsCheckpoint.ts";
import { type FederationSize, passesOf, tooManyPasses } from "../../simulation/federated/simulationBounds.ts";
import { clientsPerRound } from "../../simulation/laboratory/laboratoryExcess.ts";
import { digestOf } from "../../storage/contentId.ts";
import { commonSchema } from "../../tasks/taskSpec.ts";
import { defineRunKind } from "./RunKind.ts";

/** Most registered clients of a run: each has a list of its rows. */
const MOST_CLIENTS = 100_000;
const MOST_ROUNDS = 10_000;
/** Natural clients that a data set is taken to have at the most. */
const MOST_NATURAL = 10_000;

const { dataset, partition, model, numericClass, strategy, update, fractionBits } = commonSchema.shape;

const fieldsSchema = z.strictObject({
  dataset,
  clients: z
    .union([z.int().min(1).max(MOST_CLIENTS), z.literal("natural")])
    .describe(
      'How many clients the training data are dealt to; "natural": one for each natural client of the data set, such as each writer of MNIST, with just its samples.',
    ),
  partition: partition.describe('How training data are dealt to clients; nothing with "natural" clients.'),
  sampling: samplingSpecSchema.prefault({ kind: "all" }).describe("Who takes part in a round."),
  ...{ model, numericClass, strategy, update, fractionBits },
  training: trainingConfigSchema.describe("Local training."),
  weights: z
    .enum(["samples", "equal"])
    .default("samples")
    .describe("Whether updates count by the samples that they were trained on, or all alike."),
  rounds: z.int().min(1).max(MOST_ROUNDS).describe("How many rounds."),
  evaluateEvery: z
    .int()
    .min(1)
    .max(MOST_ROUNDS)
    .default(1)
    .describe("After how many rounds the model is judged; after the last one in any case."),
});

const schema = fieldsSchema.superRefine((setting, context) => {
  // Fields are compared with each other once each is right by itself.
  if (context.issues.length > 0) return;
  const { dataset, partition, clients, model, strategy, training } = setting;
  const issue = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
  const shape = datasetKindOf(dataset).shape(dataset);
  const mismatch = modelDataMismatch(model, shape);
  if (mismatch !== undefined) issue(["model"], mismatch);
  const untrainable = strategyTrainingMismatch(strategy, training);
  if (untrainable !== undefined) issue(["strategy"], untrainable);
  if ((clients === "natural" || partition.kind === "natural") && shape.client === undefined) {
    const field = clients === "natural" ? "clients" : "partition";
    issue([field], `the samples of ${dataset.kind}, as described, don't tell their natural clients`);
  }
  if (clients === "natural" && partition.kind !== "iid" && partition.kind !== "natural") {
    issue(["partition"], "natural clients have their own samples; leave it out");
  }
  if (["dirichlet", "shards"].includes(partition.kind) && shape.classes === 0) {
    issue(["partition"], `${partition.kind} deals classes, and the labels are real targets`);
  }
  if (partition.kind === "quantity" && (partition.alpha === undefined) === (partition.sizes === undefined)) {
    issue(["partition"], "quantity needs either alpha or sizes");
  }
  const tooLong = tooManyPasses(sizeOf(setting));
  if (tooLong !== undefined) issue(["rounds"], tooLong);
});

/** What it comes to; how many natural clients there are is not known before the data are read. */
function sizeOf({
  clients,
  sampling,
  rounds,
  training: { epochs },
}: Pick<z.infer<typeof fieldsSchema>, "clients" | "sampling" | "rounds" | "training">): FederationSize {
  const registered = clients === "natural" ? MOST_NATURAL : clients;
  return { clientsPerRound: clientsPerRound(sampling, registered), rounds, epochs };
}

/** What has come of the rounds that are over. */
const stateSchema = z.strictObject({
  x: z.array(z.int()),
  // As texts, for JSON has no word for what is no number.
  y: z.array(z.string().transform(Number)),
  updates: z.int(),
  bytes: z.int(),
  model: z.string(),
});

type State = z.output<typeof stateSchema>;

/** A setting of a run that only learns. */
export type LearningSetting = z.infer<typeof schema>;

/**
 * Federated learning alone, without a mechanism: `federatedRounds`, judged on what the data set holds out. Clients without
 * a sample are registered like others; one that is chosen sits the round out.
 */
export const learningRun = defineRunKind({
  kind: "learning",
  about: "federated learning alone: nobody is paid, everybody is honest",
  version: 1,
  schema,
  metrics: [
    {
      ...{ name: "score", label: "score, %", factor: 100, digits: 2 },
      ...{ better: "greater", isClaimed: true, unit: "points" },
    },
    {
      ...{ name: "megabytes", label: "sent, MB", factor: 1, digits: 1 },
      ...{ better: "less", isClaimed: false, unit: "MB" },
    },
    {
      ...{ name: "updates", label: "updates", factor: 1, digits: 0 },
      ...{ better: "less", isClaimed: false, unit: "updates" },
    },
  ],
  curves: [{ name: "score", label: "score, %", factor: 100, x: { name: "round", label: "round" } }],
  dataset: ({ dataset }) => dataset,
  size: (setting) => ({
    passes: passesOf(sizeOf(setting)),
    points: Math.ceil(setting.rounds / setting.evaluateEvery),
  }),

  async run(setting, seed, { pool, load, digestOfData, progress, checkpoint, resumed }) {
    const { train, test } = await load(setting.dataset);
    const task = taskOf(setting, seed);
    const { rounds, evaluateEvery, sampling, weights } = setting;
    let state: State = { x: [], y: [], updates: 0, bytes: 0, model: "" };
    for await (const { round, global, updates } of federatedRounds({
      ...{ task, rounds, pool, sampling, weights },
      clients: clientsOf(setting, train, seed),
      progress: {
        // Only shares are told, which no time is needed for.
        now: () => 0,
        tell: ({ round: at, done, chosen }) => progress((at + done / Math.max(1, chosen)) / rounds),
      },
      ...(checkpoint !== undefined && {
        checkpoint: {
          ...checkpoint,
          beside: () => ({ value: { ...state, y: state.y.map(String) }, files: new Map() }),
          resumed: (next, _, beside) => {
            const parsed = stateSchema.safeParse(beside?.value);
            if (!parsed.success) throw damaged(checkpoint.directory, z.prettifyError(parsed.error));
            state = parsed.data;
            resumed(next / rounds);
          },
        },
      }),
    })) {
      state.updates += updates.length;
      for (const { bytes } of updates) state.bytes += bytes;
      const over = round + 1;
      if (over < rounds && over % evaluateEvery !== 0) continue;
      const { parameters } = strategyOf(task.strategy).configureEvaluate(round, global);
      const { score } = await pool.evaluate({ spec: task.model, parameters, dataset: test });
      state.x.push(over);
      state.y.push(score);
      if (over === rounds) state.model = await digestOf(encodeModel(global));
    }
    const { x, y, updates, bytes, model } = state;
    return {
      metrics: { score: y.at(-1)!, megabytes: bytes / 1e6, updates },
      curves: { score: { x, y } },
      data: await digestOfData(setting.dataset),
      more: { model },
    };
  },
});

function taskOf(setting: LearningSetting, seed: number): LearningTask {
  const { model, fractionBits, strategy, update, numericClass, training } = setting;
  return { model, fractionBits, strategy, update, numericClass, training, seed };
}

/** Clients that keep their samples from the start. */
function clientsOf(
  { clients, partition: spec }: LearningSetting,
  train: Dataset,
  seed: number,
): FederatedClients {
  const rows =
    clients === "natural"
      ? partitionByClient(train.clients!).map((part) => part.rows)
      : partitioned(spec, train, clients, new SeededRandom(seed, "partition"));
  return {
    count: rows.length,
    nameOf: (client) => `client ${client + 1}`,
    dataFor: (client) => ({ of: train, rows: rows[client]! }),
    sizeOf: (client) => rows[client]!.length,
  };
}
