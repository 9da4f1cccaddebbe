import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { figureChart } from "../../../../../experiments/figureChart.ts";
import { TWIN_MIGRATION_FIGURES } from "../../../../../mechanisms/twin-migration/experiments/figures.ts";
import { type Figure, verdictOn } from "../../../../../reports/Figure.ts";

const DOCS = new URL("../../../../../docs/", import.meta.url);

/** Figures as they were recorded; what is no number there is null. */
const recorded = readdirSync(new URL("experiments/twin-migration/", DOCS))
  .filter((name) => name.endsWith(".json"))
  .map((name) => {
    const text = readFileSync(new URL(`experiments/twin-migration/${name}`, DOCS), "utf8");
    return { name, figure: JSON.parse(text) as Figure & { command: string; verdict: string } };
  });

describe("Twin migration: recorded figures", () => {
  const page = readFileSync(new URL("mechanisms/twin-migration.md", DOCS), "utf8");

  it("have the verdicts that follow from their claims, as the documentation states", () => {
    expect(recorded.length).to.be.above(8);
    for (const { name, figure } of recorded) {
      const { verdict } = verdictOn(figure);
      expect(figure.verdict, name).to.equal(verdict);
      const row = page.split("\n").find((line) => line.startsWith(`| ${figure.id} |`));
      expect(row, name).to.contain(verdict);
    }
  });

  it("are what the commands make, with their seeds and episodes", () => {
    for (const { name, figure } of recorded) {
      expect(name).to.equal(`${figure.id}.json`);
      const [, id] = /^\.\/freshet experiment twin-migration (\S+)/.exec(figure.command) ?? [];
      expect(Object.keys(TWIN_MIGRATION_FIGURES), name).to.include(id);
      expect(figure.parameters, name).to.have.any.keys("seeds", "tunings");
    }
  });

  it("are drawn again as the pictures in the documentation", () => {
    const folder = new URL("images/twin-migration/", DOCS);
    const pictures = readdirSync(folder).filter((name) => name.endsWith(".svg"));
    expect(pictures.length).to.be.above(2);
    for (const picture of pictures) {
      const { figure } = recorded.find(({ name }) => name === picture.replace(".svg", ".json"))!;
      const whole = JSON.parse(JSON.stringify(figure), (_, value) => (value === null ? Number.NaN : value));
      expect(figureChart(whole) === readFileSync(new URL(picture, folder), "utf8"), picture).to.equal(true);
      expect(page, picture).to.contain(`images/twin-migration/${picture}`);
    }
  });
});
