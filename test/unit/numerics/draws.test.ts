import { expect } from "chai";
import { dirichletDraw } from "../../../numerics/dirichletDraw.ts";
import { fillNormal } from "../../../numerics/fillNormal.ts";
import { gammaDraw } from "../../../numerics/gammaDraw.ts";
import { normalDraw } from "../../../numerics/normalDraw.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { thrown } from "../thrown.ts";

const COUNT = 20_000;

function moments(draw: () => number): { mean: number; variance: number } {
  const values = Array.from({ length: COUNT }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / COUNT;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / COUNT };
}

describe("seeded draws", () => {
  it("keep their bits: partitions and digests follow from them", () => {
    const random = new SeededRandom(3, "draws");
    const drawn = [
      random.uniform(),
      random.integer(1000),
      normalDraw(random),
      gammaDraw(2.5, random),
      gammaDraw(0.3, random),
      ...dirichletDraw(3, 0.5, random),
    ];
    expect(drawn).to.deep.equal([
      0.9004039767200023, 87, 1.329483478530394, 3.6459676248660347, 1.768099658415265, 0.00802183692899608,
      0.000697852643108446, 0.9912803104278956,
    ]);
  });

  it("normalDraw has mean 0 and variance 1, and its tails", () => {
    const random = new SeededRandom(4);
    const { mean, variance } = moments(() => normalDraw(random));
    expect(mean).to.be.closeTo(0, 0.02);
    expect(variance).to.be.closeTo(1, 0.03);
    const far = Array.from({ length: COUNT }, () => Math.abs(normalDraw(random))).filter((x) => x > 1.959964);
    expect(far.length / COUNT).to.be.closeTo(0.05, 0.006);
  });

  it("fillNormal has mean 0 and variance 1, its tails, and no two numbers in a row alike", () => {
    const random = new SeededRandom(4, "fill");
    const values = new Float64Array(2 * COUNT + 1);
    fillNormal(values, random);
    let at = 0;
    const { mean, variance } = moments(() => values[at++]!);
    expect(mean).to.be.closeTo(0, 0.02);
    expect(variance).to.be.closeTo(1, 0.03);
    expect(values.filter((x) => Math.abs(x) > 1.959964).length / values.length).to.be.closeTo(0.05, 0.006);
    let product = 0;
    for (let index = 0; index < COUNT; index++) product += values[2 * index]! * values[2 * index + 1]!;
    expect(product / COUNT).to.be.closeTo(0, 0.03);
    const short = values.slice(0, 3);
    fillNormal(short, new SeededRandom(4, "fill"));
    expect(short).to.deep.equal(values.slice(0, 3));
  });

  for (const shape of [0.2, 1, 7.5]) {
    it(`gammaDraw of shape ${shape} has that mean and variance`, () => {
      const random = new SeededRandom(5);
      const { mean, variance } = moments(() => gammaDraw(shape, random));
      expect(mean / shape).to.be.closeTo(1, 0.05);
      expect(variance / shape).to.be.closeTo(1, 0.1);
    });
  }

  it("dirichletDraw has the distribution's mean and variance", () => {
    // Var = (1/k)(1 − 1/k) / (kα + 1).
    const random = new SeededRandom(5);
    for (const alpha of [0.1, 1, 10]) {
      const { mean, variance } = moments(() => dirichletDraw(4, alpha, random)[0]!);
      expect(mean).to.be.closeTo(0.25, 0.01);
      expect(variance / (0.1875 / (4 * alpha + 1))).to.be.closeTo(1, 0.05);
    }
  });

  it("refuse parameters that no distribution has", () => {
    const random = new SeededRandom(6);
    for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(thrown(() => gammaDraw(wrong, random)).code).to.equal("GAMMA_SHAPE");
      expect(thrown(() => dirichletDraw(2, wrong, random)).code).to.equal("PARTITION_ALPHA");
    }
  });
});
