import { expect } from "chai";

import { encodings } from "../../../experiments/learning/encodings.ts";
import type { Laboratory } from "../../../experiments/learning/Laboratory.ts";
import type { LearningResult } from "../../../experiments/learning/LearningResult.ts";
import { machines } from "../../../experiments/learning/machines.ts";
import { mnist } from "../../../experiments/learning/mnist.ts";
import { spaces } from "../../../experiments/learning/spaces.ts";
import { turbofan } from "../../../experiments/learning/turbofan.ts";
import type { TrainAndTest } from "../../../learning/datasets/DatasetKind.ts";
import { loadMnist } from "../../../learning/datasets/mnist.ts";
import { selectSamples } from "../../../learning/datasets/selectSamples.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { commandOf } from "../../../scripts/commands/experiment/learning.ts";
import { FederationPool } from "../../../simulation/federated/FederationPool.ts";
import { readMnistFile } from "../../../storage/packageData.ts";

describe("commandOf, of a learning experiment", () => {
  it("has the options that its numbers depend on", () => {
    expect(commandOf("mnist", 3, undefined)).to.equal("./freshet experiment learning mnist --seeds 3");
    expect(commandOf("mnist", 1, "2")).to.equal("./freshet experiment learning mnist --seeds 1 --rounds 2");
  });
});

/** The experiments themselves on a little data: what must hold of every table, not its figures. */
describe("learning experiments", function () {
  this.timeout(60_000);
  let pool: FederationPool;
  let digits: TrainAndTest;
  before(async () => {
    pool = new FederationPool({ threads: 2 });
    const { train, test } = await loadMnist(readMnistFile);
    const first = (count: number) => Array.from({ length: count }, (_, row) => row);
    digits = { train: selectSamples(train, first(1500)), test: selectSamples(test, first(400)) };
  });
  after(() => pool.close());

  const laboratory = (data: TrainAndTest, said: string[] = []): Laboratory => ({
    pool,
    load: async () => data,
    seeds: [1],
    rounds: 3,
    progress: (text) => said.push(text),
  });
  const valuesOf = ({ rows }: LearningResult, metric: string, ...keys: string[]) =>
    rows.find((row) => keys.every((key, i) => row.keys[i] === key))!.values[metric]!;

  it("mnist: every strategy with both partitions learns, and label skew makes it harder", async () => {
    const said: string[] = [];
    const result = await mnist(laboratory(digits, said));
    // What was run, not what is planned without --rounds; one seed has no spread.
    expect(result.setting.join(" ")).to.contain("784-64-10; 3 rounds in which");
    expect(result.charts[0]!.setting).to.match(/\none seed$/);
    const strategies = ["FedAvg", "FedAvgM", "FedProx", "FedAdam", "SCAFFOLD"];
    expect(result.rows.map(({ keys }) => keys.slice(0, 2))).to.deep.equal([
      ...strategies.map((name) => ["IID", name]),
      ...strategies.map((name) => ["Dirichlet(0.1)", name]),
    ]);
    for (const name of strategies) {
      const [even, skewed] = ["IID", "Dirichlet(0.1)"].map((kind) =>
        valuesOf(result, "accuracy", kind, name),
      );
      expect(skewed![0], name).to.be.within(0.11, even![0]!);
      expect(even![0], name).to.be.below(0.95);
    }
    expect(result.charts.map(({ id }) => id)).to.deep.equal(["mnist-iid", "mnist-dirichlet"]);
    for (const { series, x } of result.charts) {
      for (const { values, spread } of series) {
        expect([values.length, spread!.length]).to.deep.equal([x.values.length, x.values.length]);
      }
    }
    expect(said).to.have.length(10);
  });

  it("encodings: smaller updates, and an accuracy like that of float32", async () => {
    const result = await encodings(laboratory(digits));
    const bytes = ["float32", "int16", "int8"].map((encoding) => valuesOf(result, "bytes", encoding)[0]!);
    expect(bytes[0]! / bytes[1]!).to.be.within(1.9, 2);
    expect(bytes[0]! / bytes[2]!).to.be.within(3.7, 4);
    const accuracies = ["float32", "int16", "int8"].map(
      (encoding) => valuesOf(result, "accuracy", encoding)[0]!,
    );
    for (const accuracy of accuracies) expect(accuracy).to.be.closeTo(accuracies[0]!, 0.03);
    // Compressed updates are other updates.
    expect(new Set(accuracies.concat(bytes)).size).to.be.above(3);
  });

  it("spaces: twins cannot learn the digits that stay on the devices", async () => {
    const result = await spaces(laboratory(digits));
    expect(result.rows).to.have.length(16);
    expect(result.claims).to.have.length(12);
    const kept = digits.test.labels.filter((label) => label >= 8).length / digits.test.labels.length;
    const kind = "digits 8 and 9 stay on every device";
    for (const accuracy of valuesOf(result, "accuracy", kind, "virtual only")) {
      expect(accuracy).to.be.within(0.3, 1 - kept);
    }
    const [both, virtual] = ["both", "virtual only"].map((who) => valuesOf(result, "accuracy", kind, who));
    const claim = result.claims.find(
      (tested) => tested.claim === `${kind}: both are better than virtual only`,
    )!;
    const wins = both!.filter((accuracy, i) => accuracy > virtual![i]!).length;
    expect(claim.holds).to.equal(wins === 1 ? "yes" : wins === 0 ? "no" : "undecided");
  });

  it("turbofan: a model of all engines beats those of a few, and all beat the mean", async () => {
    const result = await turbofan(laboratory({ train: wearing(40, 30, 1), test: wearing(100, 1, 2) }));
    expect(result.rows.map(({ keys }) => keys[0])).to.deep.equal([
      "federated",
      "centralized, as many steps",
      "centralized, as many samples",
      "local only",
      "none: always the mean life",
    ]);
    const rmse = (pool_: string) => valuesOf(result, "rmse", pool_);
    const together = rmse("centralized, as many samples")[0];
    expect(together).to.be.below(rmse("none: always the mean life")[0]!);
    expect(together).to.be.below(rmse("local only")[0]!);
  });

  it("machines: judges a machine's own model on all machines and on its own", async () => {
    const result = await machines(laboratory({ train: humming(60, 0, 1), test: humming(60, 0.2, 2) }));
    for (const { keys, values } of result.rows) {
      for (const area of [...values.pooled!, ...values.own!]) expect(area, keys[0]).to.be.within(0, 1);
    }
    const alone = result.rows.find(({ keys }) => keys[0] === "local only")!.values;
    expect(alone.own).to.not.deep.equal(alone.pooled);
    expect(result.claims).to.have.length(6);
  });
});

/** Engines whose sensors drift from 0 to 2 as their life runs out, windows of 30 cycles and 14 sensors. */
function wearing(engines: number, windows: number, seed: number): TrainAndTest["train"] {
  const random = new SeededRandom(seed, "engines");
  const samples = engines * windows;
  const labels = Float32Array.from({ length: samples }, () => random.integer(126));
  const features = Float32Array.from({ length: samples * 420 }, (_, i) => {
    const life = labels[Math.floor(i / 420)]!;
    return (2 * (125 - life)) / 125 + random.integer(1000) / 1000 - 0.5;
  });
  const clients = Uint32Array.from(labels, (_, i) => Math.floor(i / windows));
  return { features, sampleShape: [30, 14], scale: 1, labels, classes: 0, clients };
}

/** Ten machines that hum at their own pitch; an anomalous window is noise. */
function humming(windows: number, anomalous: number, seed: number): TrainAndTest["train"] {
  const random = new SeededRandom(seed, "machines");
  const samples = 10 * windows;
  const labels = Uint8Array.from({ length: samples }, () =>
    random.integer(1000) < 1000 * anomalous ? 1 : 0,
  );
  const clients = Uint32Array.from(labels, (_, i) => Math.floor(i / windows));
  const features = Float32Array.from({ length: samples * 64 }, (_, i) => {
    const row = Math.floor(i / 64);
    const noise = random.integer(1000) / 500 - 1;
    return labels[row] === 1 ? noise : Math.sin(((clients[row]! + 2) * i) / 10 + row) + noise / 10;
  });
  return { features, sampleShape: [64, 1], scale: 1, labels, classes: 2, clients };
}
