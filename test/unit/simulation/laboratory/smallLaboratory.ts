import type { Dataset } from "../../../../learning/datasets/Dataset.ts";
import type { TrainAndTest } from "../../../../learning/datasets/DatasetKind.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import {
  type LaboratorySetting,
  parseLaboratorySetting,
} from "../../../../simulation/laboratory/LaboratorySetting.ts";

/** Images as large as MNIST's that are easily told apart: class k is bright in its own rows. */
function bars(samples: number, random: SeededRandom): Dataset {
  const features = new Uint8Array(samples * 784);
  const labels = Uint8Array.from({ length: samples }, () => random.integer(10));
  for (const [sample, label] of labels.entries()) {
    for (let at = 0; at < 784; at++) {
      const isOwn = Math.floor(at / 78.4) === label;
      features[sample * 784 + at] = random.integer(isOwn ? 256 : 60);
    }
  }
  return { features, sampleShape: [28, 28], scale: 1 / 255, labels, classes: 10 };
}

const DATA: TrainAndTest = {
  train: bars(600, new SeededRandom(1, "train")),
  test: bars(100, new SeededRandom(1, "test")),
};

/** Loads data of a test's own, whatever is asked for. */
export const load = async (): Promise<TrainAndTest> => DATA;

/** Tokens as wei. */
export const wei = (tokens: number): string => String(BigInt(Math.round(tokens * 1e9)) * 10n ** 9n);

const TYPES = [0.2, 0.1, 0.05];

/** A clients' group for each cost of a refresh. */
export const GROUPS = TYPES.map((cost, place) => ({
  name: `type-${place + 1}`,
  share: 1,
  costs: { refresh: cost, update: 0.02 },
  updateSeconds: 10,
  mechanisms: {
    "model-trading": {
      ...{ computationCost: { of: "update", times: 13.445 }, bandwidthCost: { of: "update", times: 3 } },
      ...{ cpuGigahertz: 4, radioMegahertz: 4, gigacyclesPerSample: 3.3611, samplesPerSecond: 0.33333 },
      ...{ accuracy: 0.8, potential: 0.9, uploadMegabits: 90, signalToNoise: 63 },
    },
  },
}));

export const MECHANISMS = {
  "aoi-contract": {
    ...{ policy: "aoi-contract", bonus: "1000" },
    menu: {
      items: [
        { period: 180, reward: wei(0.6), cost: wei(0.2) },
        { period: 90, reward: wei(0.9), cost: wei(0.1) },
        { period: 60, reward: wei(1.05), cost: wei(0.05) },
      ],
    },
  },
  "model-trading": {
    ...{ policy: "model-trading", cap: wei(3), scale: 1, dataWeight: 0.01, leastTheta: 0.3 },
    prices: { offers: { eachClient: { worker: "$address", price: wei(0.2) } } },
  },
  equal: { baseline: "equal", budget: wei(9) },
  samples: { baseline: "samples", budget: wei(9) },
  accuracy: { baseline: "accuracy", budget: wei(9) },
} as const;

/** A setting of twelve clients and six rounds, with what a test gives in place of its fields. */
export function smallSetting(given: Record<string, unknown> = {}): LaboratorySetting {
  return parseLaboratorySetting({
    ...{ dataset: "mnist", partition: "iid", drift: 0.5, firstShare: 0.5 },
    model: { kind: "mlp", inputs: 784, hidden: [], outputs: 10 },
    training: { batchSize: 10, learningRate: 0.1, samplesPerRound: 20 },
    ...{ rounds: 6, schedule: { epochSeconds: 360, commitSeconds: 50 } },
    ...{ population: { groups: GROUPS }, clients: 12, mechanism: MECHANISMS["aoi-contract"] },
    ...given,
  });
}
