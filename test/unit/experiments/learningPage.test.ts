import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";

import type { LearningResult } from "../../../experiments/learning/LearningResult.ts";
import {
  MNIST_PARTITIONS,
  MNIST_ROUNDS,
  mnistTask,
  mnistWorkers,
} from "../../../experiments/learning/mnistSetting.ts";
import {
  describeChoice,
  MNIST_CHOSEN,
  MNIST_GRID,
  MNIST_STRATEGIES,
} from "../../../experiments/learning/mnistStrategies.ts";
import { resultTable } from "../../../experiments/learning/resultTable.ts";
import { runFederation } from "../../../experiments/learning/runFederation.ts";
import { lineChart } from "../../../experiments/lineChart.ts";
import { loadMnist } from "../../../learning/datasets/mnist.ts";
import { markdownTable } from "../../../reports/markdownTable.ts";
import { FederationPool } from "../../../simulation/federated/FederationPool.ts";
import { readMnistFile } from "../../../storage/packageData.ts";

const read = (path: string) => readFileSync(new URL(`../../../docs/${path}`, import.meta.url), "utf8");
const committed = (id: string) =>
  JSON.parse(read(`experiments/learning/${id}.json`)) as LearningResult & { command: string };

describe("docs/experiments/learning.md", () => {
  const page = read("experiments/learning.md");
  const results = readdirSync(new URL("../../../docs/experiments/learning", import.meta.url)).map((file) =>
    committed(file.replace(/\.json$/, "")),
  );

  it("shows the results that are kept beside it, with the commands that made them", () => {
    expect(results.map(({ id }) => id).sort()).to.deep.equal([
      "encodings",
      "machines",
      "mnist",
      "spaces",
      "tuning",
      "turbofan",
    ]);
    for (const result of results) {
      // Of the grid the page has what came out best.
      if (result.id !== "tuning") expect(page, result.id).to.contain(markdownTable(resultTable(result)));
      expect(page, result.id).to.contain(result.command);
      for (const chart of result.charts) {
        expect(lineChart(chart) === read(`images/learning/${chart.id}.svg`), chart.id).to.equal(true);
      }
    }
  });

  it("compares strategies with the hyper-parameters that the whole grid found best", () => {
    const kinds = Object.keys(MNIST_PARTITIONS) as (keyof typeof MNIST_PARTITIONS)[];
    const tried = committed("tuning").rows;
    for (const kind of kinds) {
      for (const strategy of MNIST_STRATEGIES) {
        const rows = tried.filter(({ keys }) => keys[0] === kind && keys[1] === strategy);
        expect(rows.map(({ keys }) => keys[2])).to.deep.equal(MNIST_GRID[strategy].map(describeChoice));
        const best = Math.max(...rows.map(({ values }) => values.accuracy![0]!));
        const chosen = rows.find(({ keys }) => keys[2] === describeChoice(MNIST_CHOSEN[kind][strategy]))!;
        expect(chosen.values.accuracy![0], `${kind}, ${strategy}`).to.equal(best);
      }
    }
  });

  it("has figures that come out again: FedAvg on skewed MNIST, its first seed", async function () {
    this.timeout(120_000);
    const kept = committed("mnist").rows.find(
      ({ keys }) => keys[0] === "Dirichlet(0.1)" && keys[1] === "FedAvg",
    )!;
    const { train, test } = await loadMnist(readMnistFile);
    const pool = new FederationPool({ threads: 2 });
    try {
      const { final } = await runFederation(
        { pool },
        {
          task: mnistTask(MNIST_CHOSEN["Dirichlet(0.1)"].FedAvg, 1),
          rounds: MNIST_ROUNDS,
          workers: mnistWorkers(train, "Dirichlet(0.1)", 1),
          test,
          evaluate: "last",
        },
      );
      // Bits differ between versions of the kernels; what is learned does not.
      expect(final.score).to.be.closeTo(kept.values.accuracy![0]!, 0.01);
    } finally {
      await pool.close();
    }
  });
});
