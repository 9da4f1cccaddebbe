import { portableLog } from "../../numerics/portableLog.ts";
import { weiOf } from "../../numerics/weiOf.ts";
import type { LaboratoryResult } from "../../simulation/laboratory/LaboratoryResult.ts";
import { parseLaboratorySetting } from "../../simulation/laboratory/LaboratorySetting.ts";
import { runLaboratory } from "../../simulation/laboratory/runLaboratory.ts";
import { type Laboratory, roundsHere } from "../learning/Laboratory.ts";
import contenders from "./contenders.json" with { type: "json" };
import { mapInLanes } from "./mapInLanes.ts";

/** Clients of each run. */
export const CLIENTS = 40;
export const ROUNDS = 12;
/** τ: from round to round, seconds. */
const ROUND_SECONDS = 60;
/** δ: the most that a refresh costs a client of each type, tokens; the least is four fifths of it. */
const TYPE_COSTS = [0.2, 0.1, 0.05, 0.025] as const;
/** What an update costs without haste, tokens. */
const UPDATE_COST = { kind: "uniform", from: 0.01, to: 0.03 } as const;
/** Share of the held-out loss that clients expect one update to leave, where they are paid by it. */
const EXPECTED_THETA = 0.95;
/** A GHz, and a MHz, without haste: an update then takes a quarter of a round to compute, and as long to send. */
const EASY = { gigacycles: ROUND_SECONDS / 4, megahertzSeconds: ROUND_SECONDS / 4 };
/** log2(1 + 63). */
const BITS_PER_HERTZ = 6;
const SAMPLES_PER_ROUND = 100;

/** Stands in a reward for a level, in wei. */
const LEVEL = "$level";

/** A mechanism or a baseline at several levels of pay. */
export interface Contender {
  readonly name: string;
  /** What a level is. */
  readonly unit: string;
  readonly levels: readonly number[];
  /** The level at which cheats are tried: about as dear as that of the others. */
  readonly middle: number;
  /** As in a setting of the laboratory, with `$level` for a level. */
  readonly reward: object;
}

/** What is compared: two mechanisms with terms of their own, and three rules that divide a budget. */
export const CONTENDERS: readonly Contender[] = contenders;

/** A contender's reward at a level. */
export function rewardAt({ reward }: Contender, level: number): unknown {
  return JSON.parse(JSON.stringify(reward), (_, value) =>
    value === LEVEL ? String(weiOf(level, "written")) : value,
  );
}

/** Of four types of clients each a quarter. What is private to a client is drawn with the seed. */
const POPULATION = {
  groups: TYPE_COSTS.map((cost, place) => ({
    ...{ name: `type-${place + 1}`, share: 1, updateSeconds: ROUND_SECONDS / 2 },
    costs: { refresh: { kind: "uniform", from: 0.8 * cost, to: cost }, update: UPDATE_COST },
    mechanisms: {
      "model-trading": {
        // All updates without haste cost half for computing and half for sending.
        computationCost: { of: "update", times: ROUNDS / 2 / portableLog(1 / EXPECTED_THETA) },
        bandwidthCost: { of: "update", times: ROUNDS / 2 },
        ...{ cpuGigahertz: 4, radioMegahertz: 4, signalToNoise: 2 ** BITS_PER_HERTZ - 1 },
        gigacyclesPerSample: EASY.gigacycles / (portableLog(1 / EXPECTED_THETA) * SAMPLES_PER_ROUND),
        uploadMegabits: EASY.megahertzSeconds * BITS_PER_HERTZ,
        samplesPerSecond: SAMPLES_PER_ROUND / ROUND_SECONDS,
        ...{ accuracy: EXPECTED_THETA, potential: 0.9 },
      },
    },
  })),
};

/** Some clients that depart from what is asked. */
export interface Departure {
  readonly clients: readonly number[];
  readonly behaviour: unknown;
}

/** Runs of a contender at a level, one a seed, in the seeds' order. */
export interface ContenderRuns {
  readonly contender: Contender;
  readonly level: number;
  /** Who departs with each seed; nobody unless given. */
  readonly departures?: readonly (Departure | undefined)[];
}

/** Plays all runs, a few at a time; what comes of each depends on it alone. */
export async function playRuns(
  laboratory: Laboratory,
  runs: readonly ContenderRuns[],
): Promise<readonly (readonly LaboratoryResult[])[]> {
  const { seeds, pool, load, progress } = laboratory;
  const rounds = roundsHere(laboratory, ROUNDS);
  const jobs = runs.flatMap((run, place) => seeds.map((seed, i) => ({ ...run, place, seed, i })));
  let over = 0;
  const results = await mapInLanes(jobs, pool.threads + 1, async (job) => {
    const { contender, level, departures, seed, i } = job;
    const deviation = departures?.[i];
    const result = await runLaboratory({
      setting: parseLaboratorySetting({
        ...{ dataset: "mnist", trainingSamples: 6000, heldOutSamples: 600 },
        ...{ partition: { kind: "dirichlet", alpha: 10 }, drift: 0.7, firstShare: 0.3 },
        model: { kind: "mlp", inputs: 784, hidden: [32], outputs: 10 },
        training: { batchSize: 10, learningRate: 0.1, samplesPerRound: SAMPLES_PER_ROUND },
        ...{ rounds, schedule: { epochSeconds: rounds * ROUND_SECONDS, commitSeconds: 50 } },
        ...{ population: POPULATION, clients: CLIENTS, mechanism: rewardAt(contender, level) },
        ...(deviation !== undefined && { deviation }),
      }),
      ...{ seed, pool, load },
    });
    over++;
    progress(`${contender.name}, seed ${seed}: ${over} of ${jobs.length} runs`);
    return result;
  });
  return runs.map((_, place) => results.filter((__, at) => jobs[at]!.place === place));
}

/** The setting in sentences. */
export const mechanismsSetting = (laboratory: Pick<Laboratory, "rounds">): readonly string[] => [
  `MNIST, 6,000 training images dealt by Dirichlet(10) to ${CLIENTS} clients; three tenths of them are there at the beginning, the others come over the epoch, small digits rather first (drift 0.7).`,
  `Perceptron 784-32-10; ${roundsHere(laboratory, ROUNDS)} rounds, one every ${ROUND_SECONDS} s of virtual time, in which each client that takes part trains one pass over at most ${SAMPLES_PER_ROUND} images, the newest that it had when it last refreshed.`,
  `A quarter of the clients each has refresh costs up to ${TYPE_COSTS.join(", ")} tokens (uniform from four fifths of that); an update costs ${UPDATE_COST.from} to ${UPDATE_COST.to} tokens. Both are private.`,
  "Accuracy on 600 held-out images after the last round.",
];
