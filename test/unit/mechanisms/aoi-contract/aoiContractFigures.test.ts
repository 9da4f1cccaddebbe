import { readFileSync } from "node:fs";
import { expect } from "chai";
import { AOI_CONTRACT_FIGURES } from "../../../../mechanisms/aoi-contract/experiments/figures.ts";
import {
  CANONICAL,
  paperSetting,
  specOf,
} from "../../../../mechanisms/aoi-contract/experiments/paperSetting.ts";
import { solveContract } from "../../../../mechanisms/aoi-contract/mathematics/optimalContract.ts";
import { solveSpec } from "../../../../mechanisms/aoi-contract/mathematics/solveSpec.ts";
import { verdictOn } from "../../../../reports/Figure.ts";

const figure = (name: string) => AOI_CONTRACT_FIGURES[name]!();

describe("figures of the AoI contract's paper", () => {
  const verdicts = Object.fromEntries(
    Object.entries(AOI_CONTRACT_FIGURES).map(([name, make]) => [name, verdictOn(make()).verdict]),
  );

  it("end in the verdicts that the documentation states", () => {
    const inferred = "reproduced with inferred parameters";
    expect(verdicts).to.deep.equal({
      fig2: inferred,
      fig3a: inferred,
      fig3b: "not reproducible",
      fig4a: inferred,
      fig4b: inferred,
      fig4c: inferred,
      fig4d: inferred,
    });
    const page = readFileSync(
      new URL("../../../../docs/mechanisms/aoi-contract.md", import.meta.url),
      "utf8",
    );
    for (const [name, verdict] of Object.entries(verdicts)) {
      const row = page.split("\n").find((line) => line.startsWith(`| ${name} `));
      expect(row, name).to.contain(verdict);
    }
  });

  it("have one value for each x, and stay on their axes", () => {
    for (const name of Object.keys(AOI_CONTRACT_FIGURES)) {
      const { x, y, series, id } = figure(name);
      expect(id).to.equal(name);
      for (const { values } of series) {
        expect(values).to.have.length(x.values.length);
        expect(Math.min(...values), name).to.be.at.least(y.range[0]);
        expect(Math.max(...values), name).to.be.at.most(y.range[1]);
      }
    }
  });

  it("Fig. 3 has the canonical numbers at a phase of 5", () => {
    const at = (name: string) => figure(name).series.map(({ values }) => values[3]!.toFixed(6));
    expect(at("fig3a")).to.deep.equal(["932.812248", "885.898487", "868.213514"]);
    expect(at("fig3b")).to.deep.equal(["0.000000", "38.384260", "64.598734"]);
  });

  it("Fig. 3b fails for its scale alone: Fig. 3a bounds the workers' utility by 80", () => {
    const failed = figure("fig3b").claims.filter(({ holds }) => !holds);
    expect(failed.map(({ claim }) => claim)).to.deep.equal(["the scale is the printed one"]);
    const [cc, , cs] = figure("fig3a").series;
    const workers = figure("fig3b").series[2]!;
    for (const [i, value] of workers.values.entries()) {
      expect(value).to.be.closeTo(cc!.values[i]! - cs!.values[i]!, 1e-9);
    }
  });

  it("Fig. 4c's linearity does not hold, and does not decide", () => {
    const failed = figure("fig4c").claims.filter(({ holds }) => !holds);
    expect(failed.map(({ about }) => about)).to.deep.equal(["text"]);
  });

  it("state parameters that `contract solve` takes", () => {
    const answer = solveSpec(specOf(CANONICAL));
    if (!answer.ok) throw new Error(answer.message);
    const { CA } = answer.result as { CA: { Us: number } };
    expect(CA.Us).to.be.closeTo(solveContract(paperSetting(CANONICAL)).providerUtility, 1e-9);
  });
});

describe("verdictOn", () => {
  const claim = (holds: boolean, about: "figure" | "text" = "figure") => ({
    claim: "c",
    about,
    holds,
    measured: "m",
  });

  it("needs every claim about the figure, and says what was inferred", () => {
    expect(verdictOn({ claims: [claim(true)], inferred: [] }).verdict).to.equal("reproduced");
    expect(verdictOn({ claims: [claim(true), claim(false, "text")], inferred: ["a"] })).to.deep.equal({
      verdict: "reproduced with inferred parameters",
      why: "All claims about the figure hold. Inferred: a.",
    });
    expect(verdictOn({ claims: [claim(true), claim(false)], inferred: [] })).to.deep.equal({
      verdict: "not reproducible",
      why: "Does not hold: c: m.",
    });
  });
});
