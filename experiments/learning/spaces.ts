import type { Dataset } from "../../learning/datasets/Dataset.ts";
import type { PartitionSpec } from "../../learning/datasets/PartitionSpec.ts";
import { partition } from "../../learning/datasets/partition.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import type { Epoch, RefreshSchedule } from "../../mechanisms/MechanismWorker.ts";
import { mechanismNamed } from "../../mechanisms/mechanismOf.ts";
import { least } from "../../numerics/extremes.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { spreadWords } from "../../reports/spreadWords.ts";
import type { FederatedWorker } from "../../simulation/federated/FederatedClients.ts";
import { examplePath } from "../../tasks/examplePath.ts";
import { readTaskSpec, type TaskSpec } from "../../tasks/taskSpec.ts";
import { applyPrivacyPolicy, type PrivacyPolicy } from "../../workers/privacyPolicy.ts";
import { samplesForRound } from "../../workers/samplesForRound.ts";
import { type DeviceConfig, readWorkersConfig } from "../../workers/workerConfig.ts";
import type { LineChart } from "../lineChart.ts";
import { accuracyLine } from "./accuracyLine.ts";
import { type Laboratory, roundsHere } from "./Laboratory.ts";
import type { LearningResult, Row, TestedClaim } from "./LearningResult.ts";
import { ACCURACY_POINTS, pairedClaim } from "./pairedClaim.ts";
import { runFederation } from "./runFederation.ts";

/** A case in which the spaces are compared. */
interface Case {
  readonly name: string;
  readonly partition: PartitionSpec;
  /** Of all devices, in place of their own. */
  readonly policy?: PrivacyPolicy;
  /** Most samples that a device trains on in a round; a twin has the task's. */
  readonly deviceSamples: number;
}

const SAMPLES = 1500;

const CASES: readonly Case[] = [
  { name: "as in the examples", partition: { kind: "iid" }, deviceSamples: SAMPLES },
  {
    name: "digits 8 and 9 stay on every device",
    partition: { kind: "iid" },
    policy: { kind: "labels", allow: [0, 1, 2, 3, 4, 5, 6, 7] },
    deviceSamples: SAMPLES,
  },
  {
    name: "devices have time for a tenth",
    partition: { kind: "iid" },
    deviceSamples: SAMPLES / 10,
  },
  { name: "Dirichlet(0.1)", partition: { kind: "dirichlet", alpha: 0.1 }, deviceSamples: SAMPLES },
];

/** Who takes part, and how many passes over a round's data they make. */
const SPACES = [
  { name: "virtual only", virtual: true, physical: false, epochs: 1 },
  { name: "physical only", virtual: false, physical: true, epochs: 1 },
  { name: "physical only, twice the passes", virtual: false, physical: true, epochs: 2 },
  { name: "both", virtual: true, physical: true, epochs: 1 },
] as const;

/** Learning by twins alone, by devices alone and by both: what the AoI contract's paper says of its two spaces. */
export async function spaces(laboratory: Laboratory): Promise<LearningResult> {
  const { seeds, progress } = laboratory;
  const task = await readTaskSpec(examplePath("mnist.json"));
  const { devices } = await readWorkersConfig(examplePath("workers.json"));
  const { train, test } = await laboratory.load(task.dataset);
  const rows: Row[] = [];
  const claims: TestedClaim[] = [];
  const charts: LineChart[] = [];
  for (const [place, described] of CASES.entries()) {
    const found = new Map<string, number[][]>();
    for (const space of SPACES) {
      const scores: number[][] = [];
      for (const seed of seeds) {
        progress(`spaces, ${described.name}, ${space.name}, seed ${seed}`);
        const { virtual, physical } = populationOf(described, { ...task, seed }, devices, train);
        const { evaluations } = await runFederation(laboratory, {
          task: { ...task, seed, training: { ...task.training, epochs: space.epochs } },
          rounds: task.rounds,
          workers: [...(space.virtual ? virtual : []), ...(space.physical ? physical : [])],
          test,
          evaluate: "every",
        });
        scores.push(evaluations.map(({ score }) => score));
      }
      found.set(space.name, scores);
      rows.push({ keys: [described.name, space.name], values: { accuracy: lastOf(scores) } });
    }
    for (const claim of claimsOf(described, found)) claims.push(claim);
    charts.push(chartOf(`spaces-${place + 1}`, described, found));
  }
  return {
    id: "spaces",
    title: "Virtual space, physical space and both: MNIST",
    setting: [
      `examples/mnist.json and examples/workers.json: ${devices.length} devices, each with a twin that is given what its privacy policy lets out; choices, refreshes and the newest samples of a round as workers choose them.`,
      `One pass a round over at most ${SAMPLES} samples (the example makes ${task.training.epochs}), ${roundsHere(laboratory, task.rounds)} rounds.`,
      "Accuracy on the 10,000 test images after the last round.",
    ],
    seeds,
    keys: ["case", "who learns"],
    metrics: [{ name: "accuracy", label: "accuracy, %", factor: 100, digits: 2 }],
    rows,
    claims,
    charts,
  };
}

/** The devices and the twins of a task, with the samples that each has in each round. */
function populationOf(
  { partition: kind, policy, deviceSamples }: Case,
  task: TaskSpec,
  devices: readonly DeviceConfig[],
  train: Dataset,
): { virtual: FederatedWorker[]; physical: FederatedWorker[] } {
  const { seed } = task;
  const parts = partition(kind, train, devices.length, new SeededRandom(seed, "partition"));
  const times = { startTime: 1, epochSeconds: task.schedule.epochSeconds, rounds: task.rounds };
  const worker = (name: string, stream: Dataset, cost: bigint, most: number): FederatedWorker => {
    const schedule = scheduleOf(task, cost, times);
    return { name, dataFor: (round) => samplesForRound(stream, { times, schedule, round, most }) };
  };
  const streams = parts.map((rows) => selectSamples(train, rows));
  return {
    physical: devices.map(({ name, cost }, i) => worker(name, streams[i]!, cost, deviceSamples)),
    virtual: devices.map(({ name, twinCost, privacyPolicy }, i) => {
      const random = new SeededRandom(seed, "privacy", name);
      const leaving = applyPrivacyPolicy(policy ?? privacyPolicy, streams[i]!, random);
      return worker(`${name} (twin)`, leaving, twinCost, task.training.samplesPerRound);
    }),
  };
}

/** When a worker of this cost refreshes, by what it chooses. */
function scheduleOf(task: TaskSpec, cost: bigint, epoch: Epoch): RefreshSchedule {
  const { worker, task: terms } = mechanismNamed(task.reward.policy);
  const { encoded } = terms.terms(task.reward, {
    epochSeconds: epoch.epochSeconds,
    rounds: task.rounds,
    maxWorkers: task.maxWorkers,
    subchains: task.subchains.length,
  });
  const [decision] = worker.choose([{ epoch, mechanismTerms: encoded }], { refresh: cost });
  if (decision !== undefined && "choice" in decision) return worker.schedule(encoded, decision.choice, epoch);
  throw new BaseError(
    "SPACES_CHOICE",
    `Nothing that examples/mnist.json offers covers a cost of ${cost} wei.`,
  );
}

function claimsOf({ name }: Case, found: ReadonlyMap<string, readonly number[][]>): TestedClaim[] {
  return ["virtual only", "physical only", "physical only, twice the passes"].map((one) =>
    pairedClaim(
      `${name}: both are better than ${one}`,
      lastOf(found.get("both")!),
      lastOf(found.get(one)!),
      ACCURACY_POINTS,
    ),
  );
}

function lastOf(scores: readonly (readonly number[])[]): number[] {
  return scores.map((byRound) => byRound.at(-1)!);
}

function chartOf(id: string, { name }: Case, found: ReadonlyMap<string, readonly number[][]>): LineChart {
  const series = [...found].map(([space, scores]) => accuracyLine(space, scores));
  const lowest = least(series.flatMap(({ values }) => values));
  return {
    id,
    title: `Virtual, physical and both: ${name}`,
    setting: `MNIST, ten devices and their twins, examples/mnist.json and examples/workers.json\n${spreadWords(found.get("both")!.length)}`,
    note: "With both, twice as many workers train in a round: twice the passes are its match in work.",
    x: { label: "round", name: "round", values: series[0]!.values.map((_, i) => i + 1) },
    y: {
      label: "accuracy on the test images, %",
      name: "accuracy",
      range: [10 * Math.floor(lowest / 10), 100],
    },
    series,
  };
}
