import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type BarChart3d, barChart3d } from "../../../experiments/barChart3d.ts";
import { rasterize } from "../../../experiments/rasterize.ts";
import { writeFigure } from "../../../experiments/writeFigure.ts";
import { fig2 } from "../../../mechanisms/aoi-contract/experiments/fig2.ts";
import { fig4a } from "../../../mechanisms/aoi-contract/experiments/fig4.ts";

const chart = (...values: (readonly number[])[]): BarChart3d => ({
  id: "bars",
  title: "Some bars",
  setting: "made up",
  note: "A note",
  x: { label: "across", name: "x", values: values[0]!.map((_, i) => i + 1) },
  depth: { label: "deep", name: "z" },
  y: { label: "up", name: "y", range: [0, 10] },
  series: values.map((of, j) => ({ name: `row ${j}`, values: of })),
});

/** The corners of the polygons of a drawing that have a fill, in the order of drawing. */
function faces(svg: string): { fill: string; points: number[][] }[] {
  return [...svg.matchAll(/<polygon points="([^"]+)" fill="(#[0-9a-f]{6})"/gi)].map(([, points, fill]) => {
    const numbers = points!.split(" ").map(Number);
    return { fill: fill!, points: [0, 2, 4, 6].map((at) => numbers.slice(at, at + 2)) };
  });
}

/** How high a front face is drawn, pixels, which are written to a tenth. */
function height({ points }: { points: number[][] }): number {
  return points[0]![1]! - points.at(-1)![1]!;
}

describe("barChart3d", () => {
  it("draws each bar as high as its value, wherever it stands", () => {
    const drawn = faces(barChart3d(chart([2, 5], [10, 2.5])));
    expect(drawn).to.have.length(3 * 4);
    // Rows from the back, in each from the left; the front face first.
    const heights = [0, 3, 6, 9].map((at) => height(drawn[at]!));
    for (const [at, value] of [10, 2.5, 2, 5].entries()) {
      expect(heights[at]! / heights[0]!).to.be.closeTo(value / 10, 2e-3);
    }
  });

  it("hides what is behind: rows are drawn from the back, each in its colour with a lighter top and a darker side", () => {
    const drawn = faces(barChart3d(chart([1], [1])));
    const [back, front] = [drawn.slice(0, 3), drawn.slice(3)];
    expect(front[0]!.points[0]![1]).to.be.above(back[0]!.points[0]![1]!);
    const light = (fill: string) =>
      [1, 3, 5].reduce((sum, at) => sum + Number.parseInt(fill.slice(at, at + 2), 16), 0);
    for (const [face, side, top] of [back, front]) {
      expect(light(top!.fill)).to.be.above(light(face!.fill));
      expect(light(side!.fill)).to.be.below(light(face!.fill));
    }
  });

  it("stays within its axis, leaves out what is no number, and names axes and rows", () => {
    const svg = barChart3d(chart([20, Number.NaN], [10, -3]));
    const drawn = faces(svg);
    expect(drawn).to.have.length(3 * 3);
    expect(height(drawn[6]!)).to.be.closeTo(height(drawn[0]!), 1e-3);
    expect(height(drawn[3]!)).to.equal(0);
    for (const text of ["Some bars", "across", "deep", "up", "row 1", "A note", "10"])
      expect(svg).to.contain(`>${text}<`);
    expect(rasterize(svg).length).to.be.above(1000);
  });

  it("makes the same drawing every time", () => {
    expect(barChart3d(chart([1, 2], [3, 4]))).to.equal(barChart3d(chart([1, 2], [3, 4])));
  });

  it("stands beside the lines of a figure that the paper draws so, when it is asked for", async () => {
    const directory = await mkdtemp(join(tmpdir(), "freshet-bars-"));
    try {
      const names = async () => (await readdir(directory)).filter((name) => name.includes("bars"));
      await writeFigure(fig4a(), directory, "the command");
      expect(await names()).to.deep.equal([]);
      await writeFigure(fig2(), directory, "the command", { bars3d: true });
      expect(await names()).to.deep.equal([]);
      const { bars } = await writeFigure(fig4a(), directory, "the command", { bars3d: true });
      expect((await names()).sort()).to.deep.equal(["fig4a-bars3d.png", "fig4a-bars3d.svg"]);
      expect(bars?.svg).to.equal(join(directory, "fig4a-bars3d.svg"));
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
