import { expect } from "chai";
import fc from "fast-check";
import type { Engine } from "../../../learning/engine/Engine.ts";
import { gruCell } from "../../../learning/engine/ops/gruCell.ts";
import { gruCellGrad } from "../../../learning/engine/ops/gruCellGrad.ts";
import { startEngine } from "../../../learning/engine/startEngine.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { runs } from "../../tier.ts";

type Row = readonly number[];

/** One sample's step, in float64. */
function reference(projected: Row, recurrent: Row, state: Row) {
  const units = state.length;
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const z = state.map((_, i) => sigmoid(projected[i]! + recurrent[i]!));
  const r = state.map((_, i) => sigmoid(projected[units + i]! + recurrent[units + i]!));
  const n = state.map((_, i) => Math.tanh(projected[2 * units + i]! + r[i]! * recurrent[2 * units + i]!));
  return { gates: [...z, ...r, ...n], next: state.map((h, i) => n[i]! + z[i]! * (h - n[i]!)) };
}

describe("gruCell (property)", () => {
  let engine: Engine;
  before(async () => {
    engine = await startEngine();
  });

  const sizes = fc.record({
    batch: fc.integer({ min: 1, max: 5 }),
    units: fc.integer({ min: 1, max: 19 }),
    step: fc.integer({ min: 0, max: 2 }),
    seed: fc.nat(),
  });

  it("computes each sample's step, and its gradients as finite differences do", () => {
    fc.assert(
      fc.property(sizes, ({ batch, units, step, seed }) => {
        const random = new SeededRandom(seed);
        const rows = (count: number, width: number): Row[] =>
          Array.from({ length: count }, () => Array.from({ length: width }, () => 4 * random.uniform() - 2));
        const projected = rows(3 * batch, 3 * units);
        const [recurrent, state, byNext] = [rows(batch, 3 * units), rows(batch, units), rows(batch, units)];
        const own = projected.slice(step * batch, (step + 1) * batch);

        const { cell, grad } = engine.tidy(() => {
          const [p, c, h, dy] = [projected, recurrent, state, byNext].map((matrix) =>
            engine.tensor2d(matrix as number[][]),
          );
          const { gates, next } = gruCell(engine, p!, step * batch, c!, h!);
          const by = gruCellGrad(engine, dy!, c!, h!, gates);
          return {
            cell: { gates: gates.arraySync(), next: next.arraySync() },
            grad: [by.byProjected.arraySync(), by.byRecurrent.arraySync(), by.byState.arraySync()],
          };
        });
        for (let row = 0; row < batch; row++) {
          const inputs = [own[row]!, recurrent[row]!, state[row]!] as const;
          const expected = reference(...inputs);
          for (const name of ["gates", "next"] as const) {
            for (const [i, value] of expected[name].entries())
              expect(cell[name][row]![i]).to.be.closeTo(value, 1e-5);
          }
          const loss = (at: readonly Row[]) =>
            reference(at[0]!, at[1]!, at[2]!).next.reduce((sum, h, i) => sum + h * byNext[row]![i]!, 0);
          for (const [input, values] of inputs.entries()) {
            for (const i of values.keys()) {
              const moved = (by: number) =>
                loss(inputs.map((other, at) => (at === input ? other.with(i, other[i]! + by) : other)));
              const derivative = (moved(1e-4) - moved(-1e-4)) / 2e-4;
              expect(grad[input]![row]![i]).to.be.closeTo(derivative, 1e-4);
            }
          }
        }
      }),
      runs(30),
    );
  });
});
