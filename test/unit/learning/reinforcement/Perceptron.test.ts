import { expect } from "chai";
import type { Engine } from "../../../../learning/engine/Engine.ts";
import type { HeapFloats } from "../../../../learning/engine/HeapFloats.ts";
import { packOf } from "../../../../learning/engine/packOf.ts";
import { startEngine } from "../../../../learning/engine/startEngine.ts";
import { Perceptron } from "../../../../learning/reinforcement/networks/Perceptron.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { seededFloats } from "../engine/seededFloats.ts";

const SHAPES = [
  [5, 32, 32, 5],
  [3, 1],
  [15, 8, 1],
  [130, 40, 7],
] as const;
const ROWS = 19;

describe("Perceptron", () => {
  let engine: Engine;
  before(async () => {
    engine = await startEngine();
  });

  for (const widths of SHAPES) {
    describe(widths.join("-"), () => {
      let network: Perceptron;
      let x: HeapFloats;

      before(() => {
        network = new Perceptron(engine, { widths, rows: ROWS });
        network.initialize(new SeededRandom(3, "test"), 1);
        // Biases too.
        const { values } = network.parameters;
        const noise = seededFloats(values.length, 4);
        for (let index = 0; index < values.length; index++) values[index]! += 0.1 * noise[index]!;
        x = packOf(engine).floats(ROWS * widths[0]!);
        x.values.set(seededFloats(x.length, 5));
      });
      after(() => {
        network.dispose();
        x.dispose();
      });

      it("computes dense layers with tanh between them", () => {
        const found = network.forward(x, 0, ROWS).subarray(0, ROWS * widths.at(-1)!);
        const expected = plainly(widths, network.parameters.values, x.values);
        for (const [index, value] of found.entries()) expect(value).to.be.closeTo(expected[index]!, 2e-5);
      });

      it("begins at any row", () => {
        const all = network.forward(x, 0, ROWS).slice(0, ROWS * widths.at(-1)!);
        const some = network.forward(x, 4, 3).subarray(0, 3 * widths.at(-1)!);
        expect(some).to.deep.equal(all.subarray(4 * widths.at(-1)!, 7 * widths.at(-1)!));
      });

      it("differentiates as finite differences do", () => {
        const weights = seededFloats(ROWS * widths.at(-1)!, 6);
        network.forward(x, 0, ROWS);
        network.byOutput(ROWS).set(weights);
        network.backward();
        const parameters = Float64Array.from(network.parameters.values);
        const loss = (index: number, step: number) => {
          const moved = parameters.slice();
          moved[index]! += step;
          return plainly(widths, moved, x.values).reduce((sum, value, at) => sum + value * weights[at]!, 0);
        };
        for (let index = 0; index < parameters.length; index += 7) {
          const slope = (loss(index, 1e-4) - loss(index, -1e-4)) / 2e-4;
          expect(network.gradient.values[index], `parameter ${index}`).to.be.closeTo(slope, 2e-3);
        }
      });
    });
  }

  it("steps as Adam, with long gradients scaled down, and leaves what has no gradient", () => {
    const network = new Perceptron(engine, { widths: [1, 1], rows: 1, extra: 1 });
    network.gradient.values.set([30, 40, 0]);
    expect(network.step(0.01, 5)).to.equal(50);
    const { values } = network.gradient;
    expect([...values]).to.deep.equal([3, 4, 0]);
    // The first step of Adam is the rate, against the sign.
    const [weight, bias, extra] = network.parameters.values;
    expect(weight).to.be.closeTo(-0.01, 1e-6);
    expect(bias).to.be.closeTo(-0.01, 1e-6);
    expect(extra).to.equal(0);
    network.dispose();
  });
});

/** The network in float64, straight from its definition. */
function plainly(widths: readonly number[], parameters: ArrayLike<number>, x: ArrayLike<number>): number[] {
  let rows = Array.from({ length: ROWS }, (_, row) =>
    Array.from({ length: widths[0]! }, (_, column) => x[row * widths[0]! + column]!),
  );
  let at = 0;
  for (let layer = 1; layer < widths.length; layer++) {
    const [inputs, outputs] = [widths[layer - 1]!, widths[layer]!];
    const begin = at;
    rows = rows.map((row) =>
      Array.from({ length: outputs }, (_, column) => {
        let sum = parameters[begin + inputs * outputs + column]!;
        for (let input = 0; input < inputs; input++)
          sum += row[input]! * parameters[begin + input * outputs + column]!;
        return layer + 1 < widths.length ? Math.tanh(sum) : sum;
      }),
    );
    at += (inputs + 1) * outputs;
  }
  return rows.flat();
}
