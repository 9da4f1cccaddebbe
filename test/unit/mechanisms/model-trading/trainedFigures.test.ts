import { readFileSync } from "node:fs";
import { expect } from "chai";
import { figureChart } from "../../../../experiments/figureChart.ts";
import { figureLaboratory } from "../../../../experiments/learning/figureLaboratory.ts";
import { rasterize } from "../../../../experiments/rasterize.ts";
import { loadMnist } from "../../../../learning/datasets/mnist.ts";
import { parameterShapes } from "../../../../learning/models/parameterShapes.ts";
import {
  CANONICAL_GAME,
  canonicalGame,
} from "../../../../mechanisms/model-trading/experiments/canonicalGame.ts";
import { MODEL_TRADING_FIGURES } from "../../../../mechanisms/model-trading/experiments/figures.ts";
import { fig10 } from "../../../../mechanisms/model-trading/experiments/immersionOfSchemes.ts";
import {
  roundsTo,
  SMALL_CNN,
  trainProvider,
} from "../../../../mechanisms/model-trading/experiments/mnistTrading.ts";
import { resnet18Training } from "../../../../mechanisms/model-trading/experiments/resnet18Training.ts";
import { schemeClocks } from "../../../../mechanisms/model-trading/experiments/schemeClocks.ts";
import { table4Draws } from "../../../../mechanisms/model-trading/experiments/timeToAccuracy.ts";
import {
  BY_NAME_ONLY,
  TRAINED_FIGURES,
} from "../../../../mechanisms/model-trading/experiments/trainedFigures.ts";
import { tradedClock } from "../../../../mechanisms/model-trading/mathematics/tradedClock.ts";
import { type Figure, verdictOn } from "../../../../reports/Figure.ts";
import { FederationPool } from "../../../../simulation/federated/FederationPool.ts";
import { readMnistFile } from "../../../../storage/packageData.ts";
import { tiered } from "../../../tier.ts";
import { documented, recordedLaboratory, recordedTrainings } from "./recordedTrainings.ts";

const read = (path: string) => readFileSync(new URL(`../../../../docs/${path}`, import.meta.url), "utf8");

describe("figures of model trading's federated training", function () {
  this.timeout(900_000);
  const recorded = recordedTrainings();
  const figures = new Map<string, Figure>();
  before(async () => {
    const laboratory = recordedLaboratory(recorded);
    for (const name of ["fig9", "fig9b", "fig9c", "table4"])
      figures.set(name, await TRAINED_FIGURES[name]!(laboratory));
    for (const name of ["fig9d", "resnet18"]) figures.set(name, await MODEL_TRADING_FIGURES[name]!());
    // All draws give the documented figures; a twentieth shows that they can be made.
    figures.set("fig10", fig10(tiered(10, 200)));
    figures.set("table4-draws", await table4Draws(laboratory, {}, tiered(10, 200)));
  });

  it("are those of the documentation, as the recorded trainings have them", () => {
    const page = read("mechanisms/model-trading.md");
    for (const [name, figure] of figures) {
      const { verdict } = verdictOn(figure);
      const line = page.split("\n").find((one) => one.startsWith(`| ${name} `));
      expect(line, name).to.contain(verdict);
      expect(() => rasterize(figureChart(figure), 0.1), name).to.not.throw();
      if (["table4-draws", "fig10"].includes(name) && tiered(0, 1) === 0) continue;
      const { command, verdict: before, why: _, ...kept } = documented(name);
      expect(command).to.equal(`./freshet experiment model-trading ${name}`);
      expect(before).to.equal(verdict);
      expect(JSON.parse(JSON.stringify(figure)), name).to.deep.equal(kept);
    }
  });

  it("have their numbers in the documentation's tables", () => {
    const page = read("mechanisms/model-trading.md");
    for (const { name, values, spread } of figures.get("table4")!.series) {
      const cells = values.map((value, n) => `${value.toFixed(2)} ± ${spread![n]!.toFixed(2)}`);
      expect(page).to.contain(`| ${name} | ${cells.join(" | ")} |`);
    }
    for (const { setting, outcome } of documented("table4-draws").otherwise) {
      const [reading] = setting.split(",");
      if (reading === "fixed") continue;
      // "1: 16.1 % [12.7 %, 18.7 %]; …"
      const byLoad = new Map(outcome.split("; ").map((one) => one.split(": ") as [string, string]));
      const cells = ["1", "1.5", "2"].map((load) =>
        byLoad
          .get(load)!
          .replace(/\[(\S+) %, (\S+) %\]/, "[$1, $2]")
          .replaceAll("-", "−"),
      );
      const line = page
        .split("\n")
        .find((one) => one.startsWith(`| ${reading} `) && one.endsWith(`| ${cells[2]} |`));
      expect(line, reading).to.contain(`| ${cells.join(" | ")} |`);
    }
  });

  it("are the pictures of the documentation", () => {
    for (const name of ["fig9", "table4", "resnet18", ...(tiered(0, 1) === 1 ? ["table4-draws"] : [])])
      expect(figureChart(figures.get(name)!) === read(`images/model-trading/${name}.svg`), name).to.equal(
        true,
      );
  });

  it("show rounds × D_n: recorded rounds on clocks that are computed here", () => {
    const [aware] = schemeClocks(canonicalGame(), { keyed: "Q-saturating" }, 1);
    for (const [n, seconds] of figures.get("table4")!.series[0]!.values.entries()) {
      const rounds = recorded.rounds[n]!;
      const mean = rounds.reduce((sum, count) => sum + count, 0) / rounds.length;
      expect(seconds).to.be.closeTo(mean * aware!.clocks[0]!.roundSeconds[n]!, 1e-9);
    }
  });

  it("have at least 5 seeds, whose rounds follow from their accuracies", () => {
    expect(recorded.seeds.length).to.be.at.least(5);
    for (const [n, bySeed] of recorded.accuracies.entries())
      expect(bySeed.map((accuracies) => roundsTo(accuracies, 0.9))).to.deep.equal(recorded.rounds[n]);
  });

  it("rest on trainings that give the recorded accuracies again", async () => {
    const pool = new FederationPool({ threads: 2 });
    const mnist = loadMnist(readMnistFile);
    const laboratory = figureLaboratory({ pool: () => pool, load: () => mnist, progress: () => {} });
    try {
      // The quick tier repeats the first rounds of one training, the deep one all that it takes to 90 %, of each MSP.
      for (const provider of tiered(0, 1) === 0 ? [2] : [0, 1, 2]) {
        const rounds = tiered(2, recorded.rounds[provider]![0]!);
        const found = await trainProvider(laboratory, canonicalGame(), {
          provider,
          seed: recorded.seeds[0]!,
          rounds,
          weights: "equal",
        });
        expect(found).to.deep.equal(recorded.accuracies[provider]![0]!.slice(0, rounds + 1));
      }
    } finally {
      await pool.close();
    }
  });

  it("would not tell schemes apart with a fixed period", () => {
    const game = canonicalGame();
    const nothing = new Float64Array(game.users * game.providers);
    for (const share of [0, 0.1, 1]) {
      const allocation = {
        computation: nothing.map(() => share),
        bandwidth: nothing.map(() => share),
      };
      const { roundSeconds } = tradedClock(game, allocation, "fixed-period");
      expect(Array.from(roundSeconds)).to.deep.equal(CANONICAL_GAME.tau);
    }
  });

  it("upload a CNN of as many parameters as they say", () => {
    const parameters = parameterShapes(SMALL_CNN).reduce(
      (sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1),
      0,
    );
    expect(parameters).to.equal(5994);
  });
});

describe("ResNet-18 under model trading", function () {
  this.timeout(600_000);

  it("cannot be uploaded in time on the paper's radio, and can from some 55 to 102 times as much on", () => {
    const { series, x } = MODEL_TRADING_FIGURES.resnet18!() as Figure;
    const at = (scale: number) => series.map(({ values }) => values[x.values.indexOf(scale)]!);
    for (const index of at(1)) expect(index).to.be.above(Math.log10(48));
    for (const index of at(50)) expect(index).to.be.above(0);
    for (const index of at(150)) expect(index).to.be.below(0);
  });

  it("is trained for real by a named run that `all` leaves out", async () => {
    expect(BY_NAME_ONLY).to.include("resnet18-training");
    const kept = documented("resnet18-training");
    const page = read("mechanisms/model-trading.md");
    expect(page.split("\n").find((one) => one.startsWith("| resnet18-training "))).to.contain(kept.verdict);
    if (tiered(0, 1) === 0) return;
    const pool = new FederationPool({ threads: 2 });
    const mnist = loadMnist(readMnistFile);
    try {
      const figure = await resnet18Training(
        figureLaboratory({ pool: () => pool, load: () => mnist, progress: () => {} }),
        { rounds: 1 },
      );
      for (const [i, { values }] of figure.series.entries())
        expect(values).to.deep.equal(kept.series[i]!.values.slice(0, 2));
    } finally {
      await pool.close();
    }
  });
});
