import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { figureChart } from "../../../experiments/figureChart.ts";
import { CHART_SIZE } from "../../../experiments/lineChart.ts";
import { rasterize } from "../../../experiments/rasterize.ts";
import { figureRows, writeFigure } from "../../../experiments/writeFigure.ts";
import { fig2 } from "../../../mechanisms/aoi-contract/experiments/fig2.ts";
import { AOI_CONTRACT_FIGURES } from "../../../mechanisms/aoi-contract/experiments/figures.ts";
import { csv } from "../../../reports/csv.ts";
import { fillsAxis } from "../../../reports/fillsAxis.ts";

describe("writeFigure", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-figure-"));
  });
  after(() => rm(directory, { recursive: true }));

  it("writes SVG, PNG, CSV and JSON that agree", async () => {
    const figure = fig2();
    const written = await writeFigure(figure, join(directory, "deep"), "the command");
    expect((await readdir(join(directory, "deep"))).sort()).to.deep.equal([
      "fig2.csv",
      "fig2.json",
      "fig2.png",
      "fig2.svg",
    ]);
    const json = JSON.parse(await readFile(written.files.json, "utf8"));
    expect(json).to.include({ command: "the command", verdict: written.verdict, id: "fig2" });
    const rows = (await readFile(written.files.csv, "utf8")).trimEnd().split("\n");
    expect(rows).to.have.length(11);
    expect(rows[4]!.split(",").map(Number)).to.deep.equal([
      4,
      ...json.series.map(({ values }: { values: number[] }) => values[3]),
    ]);
    const png = await readFile(written.files.png);
    expect(png.subarray(1, 4).toString()).to.equal("PNG");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).to.deep.equal([
      2 * CHART_SIZE.width,
      2 * CHART_SIZE.height,
    ]);
  });

  it("draws title, legend and axes into the SVG", () => {
    const figure = fig2();
    const svg = figureChart(figure);
    for (const text of ["Fig. 2", "contract item i", "type 1", "type 10", "−60", "Verdict: reproduced"]) {
      expect(svg).to.contain(text);
    }
  });

  it("draws lines, legend and axes only when it is to be bare, and more of the lines", () => {
    const figure = fig2();
    const [svg, whole] = [figureChart(figure, { bare: true }), figureChart(figure)];
    for (const text of ["contract item i", "type 1", "−60"]) expect(svg).to.contain(text);
    for (const text of ["Fig. 2", "Verdict", "Printed", figure.setting.split("\n")[0]!]) {
      expect(whole).to.contain(text);
      expect(svg).to.not.contain(text);
    }
  });

  it("makes the same file every time: those in the documentation", async () => {
    for (const [name, make] of Object.entries(AOI_CONTRACT_FIGURES)) {
      const path = new URL(`../../../docs/images/aoi-contract/${name}.svg`, import.meta.url);
      expect(figureChart(make()) === (await readFile(path, "utf8")), name).to.equal(true);
    }
  });

  it("renders text without the system's fonts", () => {
    const picture = (text: string) =>
      `<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20"><text x="2" y="15" font-family="DejaVu Sans, sans-serif">${text}</text></svg>`;
    const empty = rasterize(picture(""), 1);
    for (const text of ["A", "α", "ₙ", "−", "…", "Σ"]) {
      expect(rasterize(picture(text), 1).equals(empty), text).to.equal(false);
    }
    // DejaVu Sans has them, its part here has not.
    for (const text of ["Ψ", "ΣΨₙ", "字"]) {
      expect(() => rasterize(picture(text), 1), text).to.throw(RangeError, "The figures' font has no");
    }
  });

  it("quotes names in CSV", () => {
    const table = {
      x: { label: "", name: "x", values: [1, 2] },
      series: [{ name: 'a "b", c', values: [3, 4] }],
    };
    expect(csv(figureRows(table))).to.equal('x,"a ""b"", c"\n1,3\n2,4\n');
  });
});

describe("fillsAxis", () => {
  it("tells a scale that fits from one that is too large or too small", () => {
    const holds = (values: number[]) => fillsAxis(values, [0, 100]).holds;
    expect(
      [
        [5, 95],
        [0, 109],
        [-9, 60],
        [20, 50],
      ].map(holds),
    ).to.deep.equal([true, true, true, true]);
    expect(
      [
        [5, 111],
        [-11, 60],
        [0, 49],
        [0, 6],
      ].map(holds),
    ).to.deep.equal([false, false, false, false]);
  });
});
