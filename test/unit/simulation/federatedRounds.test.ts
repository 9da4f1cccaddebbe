import { expect } from "chai";
import { decodeDataset, encodeDataset } from "../../../learning/datasets/datasetCodec.ts";
import { loadMnist } from "../../../learning/datasets/mnist.ts";
import { newestSamples } from "../../../learning/datasets/newestSamples.ts";
import { partitionIid } from "../../../learning/datasets/partitionIid.ts";
import { selectSamples } from "../../../learning/datasets/selectSamples.ts";
import { sharedDataset } from "../../../learning/datasets/sharedDataset.ts";
import { aggregateUpdates } from "../../../learning/federated/aggregateUpdates.ts";
import { fitRound } from "../../../learning/federated/fitRound.ts";
import { fromFixedPoint } from "../../../learning/federated/fixedPoint.ts";
import type { GlobalModel } from "../../../learning/federated/GlobalModel.ts";
import { initialGlobalModel } from "../../../learning/federated/initialGlobalModel.ts";
import type { LearningTask } from "../../../learning/federated/LearningTask.ts";
import { encodeModel } from "../../../learning/federated/modelCodec.ts";
import { strategyOf } from "../../../learning/federated/strategies/strategyOf.ts";
import { decodeUpdate } from "../../../learning/federated/updateCodec.ts";
import { decodeWorkerState } from "../../../learning/federated/workerStateCodec.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { type FederatedWorker, listedClients } from "../../../simulation/federated/FederatedClients.ts";
import type { FederatedRound } from "../../../simulation/federated/FederatedRound.ts";
import { FederationPool } from "../../../simulation/federated/FederationPool.ts";
import { federatedRounds } from "../../../simulation/federated/federatedRounds.ts";
import { digestOf } from "../../../storage/contentId.ts";
import { readMnistFile } from "../../../storage/packageData.ts";
import { applyPrivacyPolicy, type PrivacyPolicy } from "../../../workers/privacyPolicy.ts";
import { blobs } from "../learning/blobs.ts";
import { learningTask } from "../learning/learningTask.ts";
import { withoutLargest } from "../learning/strategies/withoutLargest.ts";

const MODEL: LearningTask["model"] = { kind: "mlp", inputs: 12, hidden: [4], outputs: 3 };

/** Three workers with other data each, the second away in round 1. */
const WORKERS = [0, 1, 2].map((i) => ({
  name: `worker ${i}`,
  dataFor: (round: number) =>
    i === 1 && round === 1 ? undefined : blobs(20 + 4 * i, new SeededRandom(1, "worker", i)),
}));

describe("federatedRounds", function () {
  this.timeout(30_000);
  let pool: FederationPool;
  let single: FederationPool;
  before(() => {
    pool = new FederationPool({ threads: 2 });
    single = new FederationPool({ threads: 1 });
  });
  after(() => Promise.all([pool.close(), single.close()]));

  const allRounds = async (
    task: LearningTask,
    workers: readonly FederatedWorker[],
    on = pool,
    strategy = strategyOf(task.strategy),
  ) => {
    const finished: FederatedRound[] = [];
    const clients = listedClients(workers);
    for await (const round of federatedRounds({ task, strategy, rounds: 3, clients, pool: on })) {
      finished.push(round);
    }
    return finished;
  };

  it("raise the accuracy on the test images, devices and twins together", async () => {
    const policies: PrivacyPolicy[] = [
      { kind: "labels", allow: [0, 1, 2, 3, 4] },
      { kind: "labels", allow: [5, 6, 7, 8, 9] },
      { kind: "columns", hide: Array.from({ length: 112 }, (_, column) => column) },
      { kind: "fraction", fraction: 0.6 },
    ];
    const task = learningTask({
      model: { kind: "mlp", inputs: 784, hidden: [32], outputs: 10 },
      training: { epochs: 2, batchSize: 32, learningRate: 0.08, momentum: 0.9 },
    });
    const { train, test } = await loadMnist(readMnistFile);
    const parts = partitionIid(train.labels.length, policies.length, new SeededRandom(1, "partition"));
    const workers = parts.flatMap((rows, index) => {
      const device = selectSamples(train, rows.subarray(0, 1800));
      const twin = applyPrivacyPolicy(policies[index]!, device, new SeededRandom(1, "policy", index));
      return [device, decodeDataset(encodeDataset(twin))].map((held, space): FederatedWorker => {
        const dataFor = (round: number) =>
          newestSamples(held, 600, Math.floor((held.labels.length * (round + 1)) / 3));
        return { name: `${index}/${space}`, dataFor };
      });
    });
    const dataset = sharedDataset(test);
    const scores: number[] = [];
    for (const { global } of await allRounds(task, workers)) {
      const parameters = fromFixedPoint(global);
      scores.push((await pool.evaluate({ spec: task.model, parameters, dataset })).score);
    }
    expect(scores[1]).to.be.greaterThan(scores[0]!);
    expect(scores[2]).to.be.greaterThan(0.88);
  });

  it("count updates by their samples, or all alike", async () => {
    const task = learningTask({ model: MODEL });
    const [small, large] = [20, 60].map((samples): FederatedWorker => {
      const dataset = blobs(samples, new SeededRandom(1, "weights", samples));
      return { name: `of ${samples}`, dataFor: () => dataset };
    });
    const afterOne = async (workers: readonly FederatedWorker[], weights?: "samples" | "equal") => {
      const rounds = federatedRounds({
        task,
        rounds: 1,
        clients: listedClients(workers),
        ...(weights === undefined ? {} : { weights }),
        pool,
      });
      const { value } = await rounds.next();
      return (value as FederatedRound).global.tensors.map((tensor) => Array.from(tensor));
    };
    const [ofSmall, ofLarge] = [await afterOne([small!]), await afterOne([large!])];
    const mean = (share: number) =>
      ofSmall!.map((tensor, t) => tensor.map((value, i) => share * value + (1 - share) * ofLarge![t]![i]!));
    for (const [weights, share] of [
      [undefined, 1 / 4],
      ["samples", 1 / 4],
      ["equal", 1 / 2],
    ] as const) {
      const together = await afterOne([small!, large!], weights);
      for (const [t, tensor] of mean(share).entries())
        for (const [i, value] of tensor.entries()) expect(together[t]![i]).to.be.closeTo(value, 1);
    }
    // The two differ by more than rounding.
    expect(mean(1 / 4)[0]!.some((value, i) => Math.abs(value - mean(1 / 2)[0]![i]!) > 10)).to.equal(true);
  });

  const stateful = learningTask({
    model: MODEL,
    strategy: { kind: "scaffold", serverLearningRate: 1, workers: 3 },
    update: { encoding: "int8" },
  });
  const compressed = learningTask({ model: MODEL, update: { encoding: "int8" } });
  for (const [name, task, strategy] of [
    ["with states that go on from update to update", stateful, strategyOf(stateful.strategy)],
    ["with states that go on from the last update that was taken", compressed, withoutLargest],
  ] as const) {
    it(`are rounds of fitRound and aggregateUpdates, ${name}`, async () => {
      const states = new Map<string, { digest: string; state: ReturnType<typeof decodeWorkerState> }>();
      let global: GlobalModel = initialGlobalModel(task);
      const expected: { model: Uint8Array; updates: unknown[] }[] = [];
      for (let round = 0; round < 3; round++) {
        const base = await digestOf(encodeModel(global));
        const parts = [];
        for (const [i, { name, dataFor }] of WORKERS.entries()) {
          const dataset = dataFor(round);
          if (dataset === undefined) continue;
          const fit = await fitRound({
            ...{ task, round, global, base, dataset, digestOf },
            state: states.get(name),
            stream: ["training", name, round],
            train: (job) => pool.train(job),
          });
          const update = decodeUpdate(fit.update, task, base);
          parts.push({ name, steps: 5 + i, fit, update, weight: dataset.labels.length });
        }
        const { global: next, taken } = aggregateUpdates({ strategy, round, global, updates: parts });
        global = next;
        for (const { name, fit } of taken.map(({ part }) => part)) {
          const state = decodeWorkerState(fit.workerState!, task);
          states.set(name, { digest: await digestOf(fit.workerState!), state });
        }
        const updates = parts.map((part) => ({
          worker: part.name,
          bytes: part.fit.update.length,
          samples: part.weight,
          steps: part.steps,
          loss: part.fit.trained.epochLosses[0]!,
          accepted: taken.some((other) => other.part === part),
        }));
        expected.push({ model: encodeModel(global), updates });
      }
      const rounds = await allRounds(task, WORKERS, pool, strategy);
      expect(rounds.map(({ global, updates }) => ({ model: encodeModel(global), updates }))).to.deep.equal(
        expected,
      );
      const present = [3, 2, 3];
      expect(rounds.map(({ updates }) => updates.filter(({ accepted }) => accepted).length)).to.deep.equal(
        present.map((count) => (strategy === withoutLargest ? count - 1 : count)),
      );
    });
  }

  it("give the same bits on one thread and two, whatever the order of the workers", async () => {
    const strategies: LearningTask["strategy"][] = [
      { kind: "fedavgm", serverLearningRate: 1, serverMomentum: 0.9 },
      { kind: "fedprox", proximalMu: 0.1 },
      { kind: "fedadam", serverLearningRate: 0.01, beta1: 0.9, beta2: 0.99, tau: 0.001 },
    ];
    for (const strategy of strategies) {
      const task = learningTask({ model: MODEL, strategy, update: { encoding: "int16" } });
      const files = (rounds: readonly FederatedRound[]) => rounds.map(({ global }) => encodeModel(global));
      const reversed = files(await allRounds(task, WORKERS.toReversed(), single));
      expect(reversed, strategy.kind).to.deep.equal(files(await allRounds(task, WORKERS)));
    }
  });

  it("leave the model as it is when nobody takes part", async () => {
    const task = learningTask();
    const nobody = [{ name: "away", dataFor: () => undefined }];
    const rounds = await allRounds(task, nobody);
    expect(rounds.map(({ updates }) => updates)).to.deep.equal([[], [], []]);
    expect(encodeModel(rounds[2]!.global)).to.deep.equal(encodeModel(initialGlobalModel(task)));
  });
});
