import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { partition } from "../../../learning/datasets/partition.ts";
import { selectSamples } from "../../../learning/datasets/selectSamples.ts";
import { initialGlobalModel } from "../../../learning/federated/initialGlobalModel.ts";
import { strategyOf } from "../../../learning/federated/strategies/strategyOf.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { listedClients } from "../../../simulation/federated/FederatedClients.ts";
import { FederationPool } from "../../../simulation/federated/FederationPool.ts";
import { federatedRounds } from "../../../simulation/federated/federatedRounds.ts";
import { examplePath } from "../../../tasks/examplePath.ts";
import { TaskData } from "../../../tasks/TaskData.ts";
import { readTaskSpec, type TaskSpec } from "../../../tasks/taskSpec.ts";
import { sharedFolder } from "./datasets/sharedData.ts";

describe("ready tasks on real data", function () {
  this.timeout(180_000);
  let directory: string;
  let data: TaskData;
  let pool: FederationPool;

  before(async function () {
    const archive = join(sharedFolder("nab"), "nab-real.tar.gz");
    if (!existsSync(archive) || !existsSync(sharedFolder("cmapss-fd001"))) {
      if (this.currentTest !== undefined) this.currentTest.title += ` (skipped: no ${sharedFolder("")})`;
      this.skip();
    }
    directory = await mkdtemp(join(tmpdir(), "freshet-data-"));
    await symlink(sharedFolder("cmapss-fd001"), join(directory, "cmapss"));
    await mkdir(join(directory, "nab"));
    execFileSync("tar", ["-xzf", archive, "-C", join(directory, "nab")]);
    data = new TaskData(directory);
    pool = new FederationPool({ threads: 2 });
  });

  after(async () => {
    await pool?.close();
    if (directory !== undefined) await rm(directory, { recursive: true });
  });

  /** Ten devices, dealt to as the task says; each trains on all of its part. */
  const devices = (spec: TaskSpec, train: Dataset) =>
    partition(spec.partition, train, 10, new SeededRandom(spec.seed, "partition")).map((rows, i) => {
      const dataset = selectSamples({ ...train, clients: undefined }, rows);
      return { name: `device ${i}`, dataFor: () => dataset };
    });

  /** The scores and metrics of the untrained model and after each of the first rounds. */
  async function evaluations(name: string, rounds: number) {
    const spec = await readTaskSpec(examplePath(name));
    const test = await data.heldOutData(spec.dataset);
    const evaluate = (
      round: number,
      global: Parameters<ReturnType<typeof strategyOf>["configureEvaluate"]>[1],
    ) => {
      const { parameters } = strategyOf(spec.strategy).configureEvaluate(round, global);
      return pool.evaluate({ spec: spec.model, parameters, dataset: test });
    };
    const results = [await evaluate(0, initialGlobalModel(spec))];
    const workers = devices(spec, await data.trainingData(spec.dataset));
    const clients = listedClients(workers);
    for await (const { round, global } of federatedRounds({ task: spec, rounds, clients, pool })) {
      results.push(await evaluate(round, global));
    }
    return results;
  }

  it("turbofan.json predicts remaining lives far better than their mean after four rounds", async () => {
    const [untrained, ...rounds] = await evaluations("turbofan.json", 4);
    expect(untrained!.samples).to.equal(100);
    // The best constant prediction has an RMSE of 40 cycles.
    expect(untrained!.metrics.rmse).to.be.greaterThan(60);
    expect(rounds.at(-1)!.metrics.rmse).to.be.lessThan(22);
    expect(rounds.at(-1)!.score).to.be.greaterThan(0.45);
  });

  it("machine-anomalies.json reconstructs normal readings ever better, anomalous ones worse than those", async () => {
    const [untrained, ...rounds] = await evaluations("machine-anomalies.json", 4);
    expect(rounds.at(-1)!.metrics.normalError).to.be.lessThan(untrained!.metrics.normalError! / 2);
    expect(rounds.at(-1)!.metrics.anomalyError).to.be.greaterThan(3 * rounds.at(-1)!.metrics.normalError!);
    expect(rounds.at(-1)!.score).to.be.greaterThan(untrained!.score);
    expect(rounds.at(-1)!.score).to.be.within(0.71, 0.78);
  });
});
