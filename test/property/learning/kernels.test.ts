import { expect } from "chai";
import fc from "fast-check";
import type { Engine } from "../../../learning/engine/Engine.ts";
import type { KernelPack } from "../../../learning/engine/KernelPack.ts";
import { startEngine } from "../../../learning/engine/startEngine.ts";
import { runs } from "../../tier.ts";
import { packsOf } from "../../unit/learning/engine/packsOf.ts";
import { runCase } from "../../unit/learning/engine/runCase.ts";
import { seededFloats } from "../../unit/learning/engine/seededFloats.ts";

const side = fc.integer({ min: 1, max: 11 });
const channels = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 15, max: 34 }));

describe("kernels of any shape", function () {
  this.timeout(120_000);
  let engine: Engine;
  let packs: KernelPack[];
  before(async () => {
    engine = await startEngine();
    packs = [...(await packsOf(engine, "strict")).values()];
  });

  /** Runs a case on every pack, checks that all give the same bits, and returns them. */
  const onAll = (...[kernelCase, values]: [Parameters<typeof runCase>[2], Parameters<typeof runCase>[3]]) => {
    const [first, ...others] = packs.map((pack) => runCase(engine, pack, kernelCase, values)[0]!);
    for (const other of others)
      expect(new Uint32Array(other.buffer)).to.deep.equal(new Uint32Array(first!.buffer));
    return first!;
  };

  it("multiply as sums of products, the same bits at every level", () => {
    const size = fc.integer({ min: 1, max: 70 });
    fc.assert(
      fc.property(
        size,
        size,
        fc.integer({ min: 1, max: 600 }),
        fc.boolean(),
        fc.boolean(),
        (m, n, k, transposeA, transposeB) => {
          const a = seededFloats(m * k, m);
          const b = seededFloats(k * n, n);
          const inputs = { a: transposeA ? [k, m] : [m, k], b: transposeB ? [n, k] : [k, n] };
          const c = onAll(
            { kernelName: "BatchMatMul", inputs, attributes: { transposeA, transposeB } },
            { a, b },
          );
          for (let row = 0; row < m; row++) {
            for (let column = 0; column < n; column++) {
              let sum = 0;
              // In this order, each product and each sum rounded to float32: what the strict class means.
              for (let p = 0; p < k; p++) {
                const left = a[transposeA ? p * m + row : row * k + p]!;
                const right = b[transposeB ? column * k + p : p * n + column]!;
                sum = Math.fround(sum + Math.fround(left * right));
              }
              if (c[row * n + column] !== sum) expect(c[row * n + column]).to.equal(sum);
            }
          }
        },
      ),
      runs(40),
    );
  });

  it("convolve and differentiate as the sum over taps, the same bits at every level", () => {
    const window = fc.record({
      batch: fc.integer({ min: 1, max: 3 }),
      height: side,
      width: side,
      inputs: channels,
      outputs: channels,
      rows: fc.integer({ min: 1, max: 5 }),
      columns: fc.integer({ min: 1, max: 5 }),
      stride: fc.integer({ min: 1, max: 3 }),
      pad: fc.integer({ min: 0, max: 2 }),
    });
    fc.assert(
      fc.property(window, ({ batch, height, width, inputs, outputs, rows, stride, pad, ...window }) => {
        // tfjs takes explicit padding for square filters only.
        const columns = pad > 0 ? rows : window.columns;
        const outHeight = Math.floor((height + 2 * pad - rows) / stride) + 1;
        const outWidth = Math.floor((width + 2 * pad - columns) / stride) + 1;
        fc.pre(outHeight > 0 && outWidth > 0);
        const shapes = {
          x: [batch, height, width, inputs],
          filter: [rows, columns, inputs, outputs],
          dy: [batch, outHeight, outWidth, outputs],
        };
        const values = {
          x: seededFloats(batch * height * width * inputs, 1),
          filter: seededFloats(rows * columns * inputs * outputs, 2),
          dy: seededFloats(batch * outHeight * outWidth * outputs, 3),
        };
        const y = new Float64Array(values.dy.length);
        const dx = new Float64Array(values.x.length);
        const byFilter = new Float64Array(values.filter.length);
        for (let image = 0; image < batch; image++) {
          for (let outY = 0; outY < outHeight; outY++) {
            for (let outX = 0; outX < outWidth; outX++) {
              for (let row = 0; row < rows; row++) {
                for (let column = 0; column < columns; column++) {
                  const inY = outY * stride - pad + row;
                  const inX = outX * stride - pad + column;
                  if (inY < 0 || inY >= height || inX < 0 || inX >= width) continue;
                  for (let i = 0; i < inputs; i++) {
                    for (let o = 0; o < outputs; o++) {
                      const xAt = ((image * height + inY) * width + inX) * inputs + i;
                      const filterAt = ((row * columns + column) * inputs + i) * outputs + o;
                      const yAt = ((image * outHeight + outY) * outWidth + outX) * outputs + o;
                      y[yAt]! += values.x[xAt]! * values.filter[filterAt]!;
                      dx[xAt]! += values.dy[yAt]! * values.filter[filterAt]!;
                      byFilter[filterAt]! += values.x[xAt]! * values.dy[yAt]!;
                    }
                  }
                }
              }
            }
          }
        }
        const attributes = {
          strides: stride,
          pad: pad === 0 ? "valid" : pad,
          dilations: 1,
          dataFormat: "NHWC",
        };
        const { x, filter, dy } = shapes;
        near(onAll({ kernelName: "Conv2D", inputs: { x, filter }, attributes }, values), y);
        near(
          onAll(
            {
              kernelName: "Conv2DBackpropInput",
              inputs: { dy, filter },
              attributes: { ...attributes, inputShape: x },
            },
            values,
          ),
          dx,
        );
        near(
          onAll(
            {
              kernelName: "Conv2DBackpropFilter",
              inputs: { x, dy },
              attributes: { ...attributes, filterShape: filter },
            },
            values,
          ),
          byFilter,
        );
      }),
      runs(60),
    );
  });
});

/** Checks that every element is within 1e-4 of the expected one. */
function near(found: Float32Array, expected: Float64Array): void {
  expect(found.length).to.equal(expected.length);
  const apart = found.reduce((most, value, index) => Math.max(most, Math.abs(value - expected[index]!)), 0);
  expect(apart).to.be.lessThan(1e-4);
}
