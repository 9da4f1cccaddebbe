import { expect } from "chai";
import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { decodeDataset, encodeDataset } from "../../../learning/datasets/datasetCodec.ts";
import { loadMnist } from "../../../learning/datasets/mnist.ts";
import { newestSamples } from "../../../learning/datasets/newestSamples.ts";
import { partitionIid } from "../../../learning/datasets/partitionIid.ts";
import { selectSamples } from "../../../learning/datasets/selectSamples.ts";
import { ComputePool } from "../../../learning/engine/ComputePool.ts";
import { fedAvg } from "../../../learning/federated/fedAvg.ts";
import { fromFixedPoint, toFixedPoint } from "../../../learning/federated/fixedPoint.ts";
import { decodeUpdate, encodeUpdate } from "../../../learning/federated/updateCodec.ts";
import { initialParameters } from "../../../learning/models/initialParameters.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import { SeededRandom } from "../../../protocol/SeededRandom.ts";
import { readMnistFile } from "../../../storage/packageData.ts";
import { applyPrivacyPolicy, type PrivacyPolicy } from "../../../workers/privacyPolicy.ts";

describe("federated rounds on MNIST", function () {
  this.timeout(30_000);

  it("raise the accuracy on the test images, devices and twins together", async () => {
    const seed = 1;
    const spec: ModelSpec = { kind: "mlp", inputs: 784, hidden: [32], outputs: 10 };
    const training = { epochs: 2, batchSize: 32, learningRate: 0.08, momentum: 0.9 };
    const policies: PrivacyPolicy[] = [
      { kind: "labels", allow: [0, 1, 2, 3, 4] },
      { kind: "labels", allow: [5, 6, 7, 8, 9] },
      { kind: "columns", hide: Array.from({ length: 112 }, (_, column) => column) },
      { kind: "fraction", fraction: 0.6 },
    ];
    const { train, test } = await loadMnist(readMnistFile);
    const parts = partitionIid(train.labels.length, policies.length, new SeededRandom(seed, "partition"));
    const workers = parts.flatMap((rows, index): Dataset[] => {
      const device = selectSamples(train, rows.subarray(0, 1800));
      const twin = applyPrivacyPolicy(policies[index]!, device, new SeededRandom(seed, "policy", index));
      return [device, decodeDataset(encodeDataset(twin))];
    });

    const pool = new ComputePool({ threads: 2 });
    try {
      let global = toFixedPoint(spec, initialParameters(spec, new SeededRandom(seed, "initial model")));
      const accuracies: number[] = [];
      for (let round = 1; round <= 3; round++) {
        const parameters = fromFixedPoint(global);
        const updates = await Promise.all(
          workers.map(async (held, worker) => {
            const dataset = newestSamples(held, 600, Math.floor((held.labels.length * round) / 3));
            const job = { spec, parameters, dataset, training, seed, stream: ["worker", worker, round] };
            const trained = await pool.train(job);
            const stored = encodeUpdate(toFixedPoint(spec, trained.parameters));
            return { model: decodeUpdate(stored, { spec, fractionBits: 20 }), weight: dataset.labels.length };
          }),
        );
        global = fedAvg(updates);
        const { correct, samples } = await pool.evaluate({
          spec,
          parameters: fromFixedPoint(global),
          dataset: test,
        });
        accuracies.push(correct / samples);
      }
      expect(accuracies[1]).to.be.greaterThan(accuracies[0]!);
      expect(accuracies[2]).to.be.greaterThan(0.88);
    } finally {
      await pool.close();
    }
  });
});
