import { expect } from "chai";
import { type LineChart, lineChart } from "../../../../experiments/lineChart.ts";
import { expandSweep } from "../../../../experiments/sweeps/expandSweep.ts";
import type { RunOutcome } from "../../../../experiments/sweeps/RunKind.ts";
import { parseSweep } from "../../../../experiments/sweeps/SweepSpec.ts";
import { sweepExport } from "../../../../experiments/sweeps/sweepExport.ts";
import { sweepFiles } from "../../../../experiments/sweeps/sweepFiles.ts";
import { type SweepResult, sweepResult } from "../../../../experiments/sweeps/sweepResult.ts";
import { SWEEP_TABLES } from "../../../../experiments/sweeps/sweepTableDefinitions.ts";
import { eventFile } from "../../../../reports/exports/eventFile.ts";
import { parquetFile } from "../../../../reports/exports/parquetFile.ts";
import { thrown } from "../../thrown.ts";
import { BASE } from "./sweepBase.ts";

const COMMAND = "./freshet lab run sweep.json";

/** The result of a sweep of which each run found what is told of it. */
function resultOf(
  fields: Record<string, unknown>,
  find: (keys: readonly string[], seed: number) => Partial<RunOutcome> | "failed" | undefined,
): SweepResult {
  const sweep = parseSweep({ name: "test", base: BASE, seeds: [1, 2, 3, 4, 5], ...fields });
  const expanded = expandSweep(sweep);
  const outcomes = new Map<string, RunOutcome>();
  const failures: { run: (typeof expanded.runs)[number]; failure: { code: string; message: string } }[] = [];
  for (const run of expanded.runs) {
    const what = find(expanded.settings[run.place]!.keys, run.seed);
    if (what === "failed")
      failures.push({ run, failure: { code: "BROKEN", message: "It <broke> | twice." } });
    else if (what !== undefined) outcomes.set(run.name, { metrics: {}, curves: {}, data: "0x1", ...what });
  }
  return sweepResult(sweep, expanded, { outcomes, failures, stopped: false });
}

const AXES = { axes: [{ field: "strategy", values: ["fedavg", "fedavgm"] }] };

/** fedavgm is better by 2 to 4 points. */
const better = (keys: readonly string[], seed: number): Partial<RunOutcome> => {
  const score = 0.8 + seed / 100 + (keys[0] === "fedavgm" ? 0.02 + (seed % 3) / 100 : 0);
  return { metrics: { score }, curves: { score: { x: [1, 2], y: [score / 2, score] } } };
};

describe("sweepResult", () => {
  it("compares seed by seed, and claims what chance does not explain", () => {
    const result = resultOf(AXES, better);
    const [test, ...others] = result.tests;
    expect(others).to.deep.equal([]);
    expect(test).to.deep.include({
      column: "strategy",
      value: "fedavgm",
      against: "fedavg",
      pairs: 5,
      above: 5,
      holds: "yes",
    });
    expect(test!.mean).to.be.closeTo(0.032, 1e-12);
    expect(test!.flipP).to.equal(0.0625);
    expect(result.learning.claims[0]).to.include({
      claim: "strategy fedavgm is better than fedavg by score",
      holds: "yes",
    });
    expect(result.learning.rows[0]!.values).to.have.keys("score");
  });

  it("claims nothing of one seed, and says so", () => {
    const result = resultOf({ ...AXES, seeds: [7] }, better);
    expect([result.tests, result.learning.claims]).to.deep.equal([[], []]);
    const page = String(sweepFiles(result, COMMAND)["test.md"]);
    expect(page).to.include("**One seed:** nothing is claimed").and.not.to.include("±");
    expect(page).not.to.include("## Comparisons");
  });

  it("does not decide what seeds differ in, nor what is too little to tell", () => {
    const noisy = resultOf(AXES, (keys, seed) => ({
      metrics: { score: keys[0] === "fedavg" ? 0.5 : 0.5 + (seed % 2 === 0 ? 0.1 : -0.09) },
    }));
    expect(noisy.tests[0]!.holds).to.equal("undecided");
    const two = resultOf({ ...AXES, seeds: [1, 2] }, better);
    expect(two.tests[0]!.adjustedP).to.be.above(0.05);
    // Equal differences: Student's test cannot tell, that of signs with five seeds not at the level.
    const equal = resultOf(AXES, (keys) => ({ metrics: { score: keys[0] === "fedavg" ? 0.5 : 0.75 } }));
    expect(equal.tests[0]).to.include({ studentP: undefined, adjustedP: 0.0625, holds: "undecided" });
  });

  it("takes less for better where less is better", () => {
    const result = resultOf(
      {
        kind: "laboratory",
        base: {
          ...{ dataset: "mnist", model: BASE.model, rounds: 2 },
          training: { ...BASE.training, samplesPerRound: 9 },
          schedule: { epochSeconds: 60, commitSeconds: 10 },
          population: { groups: [{ name: "all", count: 3 }] },
        },
        mechanisms: ["equal", "samples"].map((baseline) => ({
          name: baseline,
          mechanism: { baseline, budget: "10" },
        })),
      },
      ([mechanism], seed) => ({
        metrics: {
          spent: (mechanism === "equal" ? 10 : 5) + seed / 10 + (mechanism === "equal" ? seed / 100 : 0),
        },
        groups: [
          { group: "all", clients: 3, enrolled: 1, accepted: 2, pay: 3 + seed, cost: 1, utility: 2 + seed },
        ],
      }),
    );
    expect(result.tests.find(({ metric }) => metric.name === "spent")!.holds).to.equal("yes");
    const files = sweepFiles(result, COMMAND);
    // Of no run is known what its score is, nor who left.
    expect(result.learning.charts).to.deep.equal([]);
    expect(files["test.md"]).to.include(
      "| equal | all | 3 | 100.0 | 2.00 | 6.0000 ± 1.5811 | 1.0000 | 5.0000 ± 1.5811 |",
    );
    expect(files["test-groups.tex"]).to.include("6.0000 $\\pm$ 1.5811");
    const { tables } = sweepExport(result, JSON.parse(String(files["test.json"])));
    expect(tables.find(({ definition }) => definition.name === "sweep_groups")!.rows).to.have.length(10);
  });

  it("tells what failed and what is missing, and counts only what is there", () => {
    const result = resultOf(AXES, (keys, seed) => {
      if (keys[0] === "fedavgm" && seed === 2) return "failed";
      if (keys[0] === "fedavgm" && seed === 3) return undefined;
      return keys[0] === "fedavgm" && seed === 4 ? { metrics: { score: null } } : better(keys, seed);
    });
    expect(result.tests[0]).to.include({ pairs: 2 });
    expect(result.missing).to.equal(1);
    const page = String(sweepFiles(result, COMMAND)["test.md"]);
    expect(page).to.include("**1 run failed**");
    expect(page).to.include("strategy fedavgm, seed 2: It \\<broke\\> | twice. (`BROKEN`)");
    expect(page).to.include("**Not whole:** 1 run was not made");
    expect(page).to.include("(2 of 5 seeds)");
    const csv = String(sweepFiles(result, COMMAND)["test.csv"]);
    expect(csv).to.include("fedavgm,4,,,\n").and.not.to.include("NaN");
  });

  it("refuses runs that saw different data", () => {
    const error = thrown(() =>
      resultOf(AXES, (keys, seed) => ({ ...better(keys, seed), data: seed < 3 ? "0xa" : "0xb" })),
    );
    expect(error.code).to.equal("SWEEP_DATA_DIFFER");
    expect(error.details).to.include("0xa").and.to.include("0xb");
  });

  it("draws lines of the last column that has several values, a chart a combination of the others", () => {
    const result = resultOf(
      {
        axes: [
          { field: "partition.alpha", name: "α", values: [0.1, 1] },
          { field: "training.learningRate", name: "η", values: [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07] },
          { field: "rounds", values: [2] },
        ],
      },
      (keys, seed) => ({ ...better(keys, seed), ...(keys[1] === "0.02" && { curves: {} }) }),
    );
    const { charts } = result.learning;
    // Seven lines need two charts.
    expect(charts.map(({ title, series }) => [title, series.length])).to.deep.equal([
      ["test: α 0.1, rounds 2", 5],
      ["test: α 0.1, rounds 2", 1],
      ["test: α 1, rounds 2", 5],
      ["test: α 1, rounds 2", 1],
    ]);
    expect(charts[0]!.series[0]!.spread![1]).to.be.closeTo(100 * 0.0158113883, 1e-6);
    expect(charts[0]!.y.range[0]).to.be.at.most(40);
  });

  it("draws a curve of many points thinned, with its last one, and names as text", () => {
    const x = Array.from({ length: 1000 }, (_, i) => i + 1);
    const result = resultOf(
      { axes: [{ field: "strategy", values: ["fedavg", "fedavgm"], labels: ["<script>", "b"] }] },
      (_, seed) => ({ metrics: { score: 1 }, curves: { score: { x, y: x.map((at) => at / 1000 + seed) } } }),
    );
    const [chart] = result.learning.charts;
    expect(chart!.x.values).to.have.length.at.most(120);
    expect(chart!.x.values.at(-1)).to.equal(1000);
    const svg = String(sweepFiles(result, COMMAND)["test-1.svg"]);
    expect(svg).to.include("&lt;script&gt;").and.not.to.include("<script>");
  });

  it("draws what settings come to by what is spent, and side by side where that is the same", () => {
    const chartsOf = (spentOf: (keys: readonly string[]) => number) =>
      resultOf(
        {
          kind: "laboratory",
          base: {
            ...{ dataset: "mnist", model: BASE.model, rounds: 2 },
            training: { ...BASE.training, samplesPerRound: 9 },
            schedule: { epochSeconds: 60, commitSeconds: 10 },
            population: { groups: [{ name: "all", count: 3 }] },
            mechanism: { baseline: "equal", budget: "1" },
          },
          axes: [
            { field: "drift", values: [0, 1] },
            { field: "mechanism.budget", name: "budget", values: ["10", "20", "30"] },
            { field: "mechanism.baseline", name: "rule", values: ["equal", "samples"] },
          ],
        },
        (keys, seed) => {
          const [drift, budget, rule] = keys;
          if (rule === "samples" && budget === "30") return "failed";
          const metrics = {
            spent: spentOf(keys),
            score: 0.5 + Number(budget) / 100 + seed / 1000 - Number(drift) / 10,
            utility: budget === "20" ? null : seed / 10 - 0.5,
            left: rule === "equal" ? 0.25 : 0,
          };
          return { metrics };
        },
      ).learning.charts;
    const byMoney = chartsOf(([, budget, rule]) => Number(budget) - (rule === "equal" ? 0 : 3));
    expect(byMoney.map(({ title }) => title)).to.deep.equal([
      "Score by what is spent (test: drift 0)",
      "Score by what is spent (test: drift 1)",
      "Clients' utility by what is spent (test: drift 0)",
      "Clients' utility by what is spent (test: drift 1)",
      "Clients that remain by what is spent (test: drift 0)",
      "Clients that remain by what is spent (test: drift 1)",
    ]);
    const [score, , utility, , remain] = byMoney as [LineChart, LineChart, LineChart, LineChart, LineChart];
    expect(score.series.map(({ name, at }) => [name, at])).to.deep.equal([
      ["equal", [10, 20, 30]],
      ["samples", [7, 17]],
    ]);
    for (const [i, value] of [60.3, 70.3, 80.3].entries()) {
      expect(score.series[0]!.values[i]).to.be.closeTo(value, 1e-9);
      expect(score.series[0]!.spread![i]).to.be.closeTo(0.1581, 1e-4);
    }
    expect([score.y.range, score.y.step, score.x.values]).to.deep.equal([[60, 85], 5, [0, 30]]);
    // What is no number is left out.
    expect(utility.series.map(({ at }) => at)).to.deep.equal([[10, 30], [7]]);
    expect(remain.series.map(({ values }) => values)).to.deep.equal([
      [75, 75, 75],
      [100, 100],
    ]);
    expect(remain.y.range).to.deep.equal([75, 100]);
    const same = chartsOf(() => 10);
    expect(same[0]!.title).to.equal("Score by rule (test: drift 0)");
    expect(same[0]!.x.names).to.deep.equal(["equal", "samples"]);
    expect(same[0]!.series.map(({ name, values }) => [name, values.map(Number.isNaN)])).to.deep.equal([
      ["10", [false, false]],
      ["20", [false, false]],
      ["30", [false, true]],
    ]);
    for (const chart of [...byMoney, ...same]) {
      expect(lineChart(chart)).to.include("<svg").and.not.to.include("NaN");
    }
  });

  it("is exported with every run, point and test, which Parquet and TensorBoard take", () => {
    const result = resultOf(AXES, better);
    const { tables, runs } = sweepExport(
      result,
      JSON.parse(String(sweepFiles(result, COMMAND)["test.json"])),
    );
    const byName = new Map(tables.map((table) => [table.definition.name, table]));
    expect([...byName.keys()]).to.include.members(["results", "runs", "points", "claims"]);
    for (const definition of SWEEP_TABLES) {
      const rows = byName.get(definition.name)?.rows ?? [];
      for (const row of rows) expect(Object.keys(row)).to.have.members(Object.keys(definition.columns));
    }
    expect(byName.get("sweep_runs")!.rows).to.have.length(10);
    expect(byName.get("sweep_curves")!.rows).to.have.length(20);
    expect(byName.get("sweep_tests")!.rows[0]).to.deep.include({ pairs: 5, p_signs: 0.0625, holds: "yes" });
    for (const table of tables) expect(parquetFile(table).length, table.definition.name).to.be.above(0);
    const run = runs.find(({ name }) => name.join("/") === "test/runs/fedavgm/seed 3")!;
    expect(run.scalars.map(({ tag, step }) => [tag, step])).to.deep.equal([
      ["score", 1],
      ["score", 2],
    ]);
    expect(eventFile(run)).not.to.equal(undefined);
  });
});
