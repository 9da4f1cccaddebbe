import { readFileSync } from "node:fs";
import { expect } from "chai";
import { figureChart } from "../../../../experiments/figureChart.ts";
import { rasterize } from "../../../../experiments/rasterize.ts";
import { LEARNER_FIGURES } from "../../../../mechanisms/model-trading/experiments/learnerFigures.ts";
import { type Figure, verdictOn } from "../../../../reports/Figure.ts";

describe("figures of model trading's learners", function () {
  this.timeout(120_000);
  const figures = new Map<string, Figure>();

  before(async () => {
    for (const [name, make] of Object.entries(LEARNER_FIGURES)) figures.set(name, await make());
  });

  it("hold in all that they claim, as the documentation states", () => {
    const page = readFileSync(
      new URL("../../../../docs/mechanisms/model-trading.md", import.meta.url),
      "utf8",
    );
    for (const [name, figure] of figures) {
      const failed = figure.claims.filter(({ about, holds }) => about === "figure" && !holds);
      expect(failed, name).to.deep.equal([]);
      const { verdict } = verdictOn(figure);
      expect(
        page.split("\n").find((line) => line.startsWith(`| ${name} `)),
        name,
      ).to.contain(verdict);
    }
  });

  it("have one value for each x, and end on their axes", () => {
    for (const [name, { id, x, y, series }] of figures) {
      expect(id).to.equal(name);
      for (const { values, spread = [] } of series) {
        expect(values, name).to.have.length(x.values.length);
        if (spread.length > 0) expect(spread).to.have.length(values.length);
        expect(values.at(-1), name).to.be.within(...y.range);
      }
    }
  });

  it("are the same files every time: those in the documentation", () => {
    for (const name of ["fig7", "fading"]) {
      const path = new URL(`../../../../docs/images/model-trading/${name}.svg`, import.meta.url);
      expect(figureChart(figures.get(name)!) === readFileSync(path, "utf8"), name).to.equal(true);
    }
  });

  it("are pictures with all their characters", () => {
    for (const [name, figure] of figures) {
      expect(() => rasterize(figureChart(figure), 0.1), name).to.not.throw();
    }
  });

  it("come from at least 5 seeds, and show the baselines", () => {
    for (const name of ["table3", "fig7", "fading"]) {
      const { parameters, series } = figures.get(name)!;
      expect((parameters as { seeds: number[] }).seeds.length, name).to.be.at.least(5);
      expect(series.map((one) => one.name)).to.include("constant price");
    }
  });
});
