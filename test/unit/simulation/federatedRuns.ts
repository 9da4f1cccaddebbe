import { type Dataset, featureCount } from "../../../learning/datasets/Dataset.ts";
import type { LearningTask } from "../../../learning/federated/LearningTask.ts";
import { encodeModel } from "../../../learning/federated/modelCodec.ts";
import type { Strategy } from "../../../learning/federated/strategies/Strategy.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import type { FederatedWorker } from "../../../simulation/federated/FederatedClients.ts";
import { listedClients } from "../../../simulation/federated/FederatedClients.ts";
import {
  type FederatedRoundsParameters,
  federatedRounds,
} from "../../../simulation/federated/federatedRounds.ts";
import { digestOf } from "../../../storage/contentId.ts";
import { blobs } from "../learning/blobs.ts";
import { learningTask } from "../learning/learningTask.ts";
import { withoutLargest } from "../learning/strategies/withoutLargest.ts";

/** A run whose models are known. */
export interface KnownRun {
  readonly name: string;
  readonly task: LearningTask;
  readonly workers: readonly FederatedWorker[];
  readonly strategy?: Strategy;
  /**
   * Digests of the global models after its rounds, as one thread computed them that trained, encoded, decoded and added
   * up all updates by itself (before rounds were computed in threads).
   */
  readonly digests: readonly string[];
}

/** Seven workers with other data each; two are away in round 1. */
const SEVEN: readonly FederatedWorker[] = Array.from({ length: 7 }, (_, i) => ({
  name: `worker ${i}`,
  dataFor: (round) =>
    i % 3 === 1 && round === 1 ? undefined : blobs(20 + 4 * i, new SeededRandom(1, "worker", i)),
}));

/** Three cameras with signs of four kinds. */
const CAMERAS: readonly FederatedWorker[] = [0, 1, 2].map((i) => {
  const dataset = signs(6 + i, new SeededRandom(1, "signs", i));
  return { name: `camera ${i}`, dataFor: () => dataset };
});

const run = (
  name: string,
  given: Partial<LearningTask>,
  digests: readonly string[],
  strategy?: Strategy,
): KnownRun => {
  const model: LearningTask["model"] = { kind: "mlp", inputs: 12, hidden: [4], outputs: 3 };
  const task = learningTask({ model, ...given });
  return { name, task, workers: SEVEN, digests, ...(strategy && { strategy }) };
};

export const KNOWN_RUNS: readonly KnownRun[] = [
  run(
    "fedavg",
    { strategy: { kind: "fedavg" }, training: { epochs: 2, batchSize: 4, learningRate: 0.1, momentum: 0.9 } },
    [
      "0xbab82c4e55eb41efab5958e91f07eb9070a2a13be354c15dfd5deba90318129e",
      "0xbfd66ce444fb3abd4fc9cc88bcf619078afb06f213c8df5487c8aff886ed78fe",
      "0x2a48d132d9ba35ff667819f8bf72e19f755abf0110be8996e7130fc9f4431e1e",
    ],
  ),
  run("fedprox, int8", { strategy: { kind: "fedprox", proximalMu: 0.1 }, update: { encoding: "int8" } }, [
    "0xa2bba9fe25f817a4dc719d4bc0e8a677ebdfd950bb1d851098986f5d67637505",
    "0xc742b05ea1e6eee618991d628552206820654197100dff6fa6637312241cf663",
    "0xcac09b1def765d75e7a25c012c0e399c9ac08de6c62cbd327fa24875753d2d9d",
  ]),
  run(
    "fedavgm, int16, clipped",
    {
      strategy: { kind: "fedavgm", serverLearningRate: 1, serverMomentum: 0.9 },
      update: { encoding: "int16", modifications: [{ kind: "clip", norm: 0.1 }] },
    },
    [
      "0x72a7ef3c4abd88d2ec79a011a577e399cab446721108231e588c9dccb0a09f93",
      "0x2c1163e77616b6db00531c31b4fda5b7e64bf5d4ab078c109b92da8d844855a0",
      "0x03e13e456af9b7cf5a0bc4ae0d2afc3e50dd8878a4946f0eee0f254f1fd3cf1e",
    ],
  ),
  run(
    "fedadam",
    { strategy: { kind: "fedadam", serverLearningRate: 0.01, beta1: 0.9, beta2: 0.99, tau: 0.001 } },
    [
      "0x393c01ec16888ba3d231d27de1323bba8c8e69d3e2ed444f3a58f81c0088c0eb",
      "0xe7eefca19a6221bc36e229097b279ca97aa3ea253ea724598d13e6cdfc3cbb4c",
      "0x6fcba341d4b7c2085fdf16f526c384f14d625d3fb4050b7fdaa99a15505cf960",
    ],
  ),
  run(
    "scaffold, int8",
    { strategy: { kind: "scaffold", serverLearningRate: 1, workers: 7 }, update: { encoding: "int8" } },
    [
      "0xc80cfd8f4d1f9183588ae2e7fc424dac10de04f64c63c5ea88be2629abd57841",
      "0x875bc9ecff7bf4e51b766ffdf789b88527c9ac775c3e4831ac0bebaed45be298",
      "0x5bdc66065fc2338dcd2b9b22912c8de503adc02d2af700b429dd28fd5924a025",
    ],
  ),
  run("scaffold", { strategy: { kind: "scaffold", serverLearningRate: 0.5 } }, [
    "0xdafe47d477f38c4c88fa6ea63c368d7de12e100bf9180a96f0b6896d1fbb8419",
    "0x1b06aea019a615604a210fd737cb20b5768de4f42c965f80a2a17dd4377f3dce",
    "0xfb7c5fbc7d70ee5591e7f198080dae95f37230181dfa2801747b3a655550803d",
  ]),
  run(
    "without the largest, int8",
    { update: { encoding: "int8" } },
    [
      "0x868a0b282562bf106fd3dcd171f75ce540a3e080379ca5ab795a78f3c1bd6c8c",
      "0xa7b256f442480cabe19a624bf601d9f472323c44cb1aee783a92942f615c1eeb",
      "0x43bc2b1324c80f43bc11f40e784a6f172f5507e680a55f6006c17ad28b8079c6",
    ],
    withoutLargest,
  ),
  {
    name: "running statistics, int8",
    task: learningTask({
      model: { kind: "traffic-sign", input: [8, 8, 3], outputs: 4, width: 2 },
      update: { encoding: "int8" },
      strategy: { kind: "fedavgm", serverLearningRate: 1, serverMomentum: 0.9 },
    }),
    workers: CAMERAS,
    digests: [
      "0x0a2f048b37d5a51eaa906ef2cce049d06bf58df1d3b1efeebe2bb4dc0b65847b",
      "0xe63b434c272f44ab04405c482c7551095574c11599298075f8de6eed4c8e671b",
    ],
  },
];

/** The digests of the models after a run's rounds. */
export async function digestsOf(
  { task, workers, strategy, digests }: KnownRun,
  given: Pick<FederatedRoundsParameters, "pool"> & Partial<FederatedRoundsParameters>,
): Promise<string[]> {
  const found: string[] = [];
  const parameters = { task, rounds: digests.length, clients: listedClients(workers), ...given };
  for await (const { global } of federatedRounds({ ...parameters, ...(strategy && { strategy }) })) {
    found.push(await digestOf(encodeModel(global)));
  }
  return found;
}

function signs(samples: number, random: SeededRandom): Dataset {
  const shape = { sampleShape: [8, 8, 3], scale: 1 / 255, classes: 4 };
  const features = Uint8Array.from({ length: samples * featureCount(shape) }, () => random.integer(256));
  return { ...shape, features, labels: Uint8Array.from({ length: samples }, () => random.integer(4)) };
}
