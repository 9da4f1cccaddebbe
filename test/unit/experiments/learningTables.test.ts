import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";

import { accuracyLine } from "../../../experiments/learning/accuracyLine.ts";
import type { LearningResult } from "../../../experiments/learning/LearningResult.ts";
import { meanAndDeviation } from "../../../experiments/learning/meanAndDeviation.ts";
import { ACCURACY_POINTS, pairedClaim } from "../../../experiments/learning/pairedClaim.ts";
import { resultRuns } from "../../../experiments/learning/resultRuns.ts";
import { resultTable } from "../../../experiments/learning/resultTable.ts";
import { writeResult } from "../../../experiments/learning/writeResult.ts";
import { csv } from "../../../reports/csv.ts";
import { markdownTable } from "../../../reports/markdownTable.ts";
import { textTable } from "../../../reports/textTable.ts";

const RESULT: LearningResult = {
  id: "sample",
  title: "A sample",
  setting: ["Made up."],
  seeds: [1, 2],
  keys: ["who", "how"],
  metrics: [
    { name: "accuracy", label: "accuracy, %", factor: 100, digits: 1 },
    { name: "bytes", label: "kB", factor: 1e-3, digits: 2 },
  ],
  rows: [
    { keys: ["FedAvg", "a, b"], values: { accuracy: [0.5, 0.7], bytes: [2000, 2000] } },
    { keys: ["none", ""], values: { accuracy: [0.1] } },
  ],
  claims: [],
  charts: [
    {
      ...{ id: "sample-chart", title: "Chart of two rounds", setting: "made up", note: "A note below" },
      x: { label: "round", name: "round", values: [1, 2] },
      y: { label: "accuracy, %", name: "accuracy", range: [0, 100] },
      series: [
        accuracyLine("FedAvg", [
          [0.2, 0.5],
          [0.4, 0.7],
        ]),
      ],
    },
  ],
};

describe("tables of the learning experiments", () => {
  it("hold mean and sample standard deviation in the metric's unit", () => {
    expect(meanAndDeviation([2, 4, 4, 6])).to.deep.equal({ mean: 4, deviation: Math.sqrt(8 / 3) });
    expect(markdownTable(resultTable(RESULT)).split("\n")).to.deep.equal([
      "| who | how | accuracy, % | kB |",
      "| --- | --- | ---: | ---: |",
      "| FedAvg | a, b | 60.0 ± 14.1 | 2.00 ± 0.00 |",
      "| none |  | 10.0 | – |",
    ]);
    expect(textTable(resultTable(RESULT))).to.deep.equal({
      header: "who     how   accuracy, %           kB",
      rows: ["FedAvg  a, b  60.0 ± 14.1  2.00 ± 0.00", "none                 10.0            –"],
    });
  });

  it("have a line a run in CSV", () => {
    expect(csv(resultRuns(RESULT))).to.equal(
      'who,how,seed,accuracy,bytes\nFedAvg,"a, b",1,0.5,2000\nFedAvg,"a, b",2,0.7,2000\nnone,,any,0.1,\n',
    );
  });

  it("are written with their charts, whose bands show the spread", async () => {
    const directory = await mkdtemp(join(tmpdir(), "freshet-learning-"));
    try {
      const { files } = await writeResult(RESULT, directory, "the command");
      const names = ["sample-chart.png", "sample-chart.svg", "sample.csv", "sample.json", "sample.md"];
      expect((await readdir(directory)).sort()).to.deep.equal(names);
      expect(files.toSorted()).to.deep.equal(names.map((name) => join(directory, name)));
      const json = JSON.parse(await readFile(join(directory, "sample.json"), "utf8"));
      expect(json).to.deep.equal({ command: "the command", ...RESULT });
      const svg = await readFile(join(directory, "sample-chart.svg"), "utf8");
      for (const text of ["Chart of two rounds", "A note below", "FedAvg", 'fill-opacity="0.13"']) {
        expect(svg).to.contain(text);
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("average the scores of a round over seeds", () => {
    const { values, spread } = RESULT.charts[0]!.series[0]!;
    expect(values.map((value) => value.toFixed(6))).to.deep.equal(["30.000000", "60.000000"]);
    expect(spread!.map((value) => value.toFixed(6))).to.deep.equal(["14.142136", "14.142136"]);
    expect(accuracyLine("one seed", [[0.5]]).spread).to.deep.equal([0]);
  });
});

describe("pairedClaim", () => {
  it("holds when it does with every seed, and fails when it does with none", () => {
    expect(pairedClaim("c", [0.5, 0.6], [0.4, 0.4], ACCURACY_POINTS)).to.deep.equal({
      claim: "c",
      holds: "yes",
      measured: "+15.00 ± 7.07 points, with 2 of 2 seeds",
    });
    expect(pairedClaim("c", [0.4, 0.4], [0.4, 0.6], ACCURACY_POINTS)).to.include({
      holds: "no",
      measured: "−10.00 ± 14.14 points, with 0 of 2 seeds",
    });
    expect(pairedClaim("c", [0.5], [0.4], ACCURACY_POINTS).measured).to.equal(
      "+10.00 points, with 1 of 1 seeds",
    );
  });

  it("pairs seeds rather than means: one that disagrees leaves it undecided", () => {
    expect(pairedClaim("c", [0.9, 0.4], [0.1, 0.5], ACCURACY_POINTS).holds).to.equal("undecided");
  });
});
