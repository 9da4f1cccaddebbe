import type { Tensor2D } from "@tensorflow/tfjs";
import { expect } from "chai";
import { assignTargets } from "../../../learning/detection/assignTargets.ts";
import type { Engine } from "../../../learning/engine/Engine.ts";
import { startEngine } from "../../../learning/engine/startEngine.ts";
import { fromFixedPoint, toFixedPoint } from "../../../learning/federated/fixedPoint.ts";
import { decodeModel, encodeModel } from "../../../learning/federated/modelCodec.ts";
import { elementCount } from "../../../learning/models/elementCount.ts";
import { initialParameters } from "../../../learning/models/initialParameters.ts";
import { lossOf } from "../../../learning/models/losses/lossOf.ts";
import { canonicalModelSpec, type ModelSpec, modelSpecSchema } from "../../../learning/models/ModelSpec.ts";
import { networkOf } from "../../../learning/models/networkOf.ts";
import { type ModelParameters, parameterShapes } from "../../../learning/models/parameterShapes.ts";
import { parameterTensors } from "../../../learning/models/parameterTensors.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../protocol/BaseError.ts";

/** A small instance of every kind, some in two forms. */
const SMALL_SPECS: readonly ModelSpec[] = [
  { kind: "mlp", inputs: 5, hidden: [], outputs: 3 },
  { kind: "mlp", inputs: 5, hidden: [7, 4], outputs: 3, dropout: 0.4 },
  { kind: "mlp", inputs: 5, hidden: [6], outputs: 1, task: "regression", outputScale: 20 },
  {
    kind: "cnn",
    input: [9, 8, 2],
    convolutions: [
      { filters: 3, size: 3, pool: 2 },
      { filters: 4, size: 2 },
    ],
    hidden: [5],
    outputs: 3,
  },
  {
    kind: "cnn",
    input: [7, 7, 1],
    convolutions: [{ filters: 2, size: 3 }],
    hidden: [],
    outputs: 2,
    padding: "valid",
  },
  { kind: "resnet18", input: [9, 8, 2], outputs: 3, width: 2 },
  {
    kind: "cnn1d",
    input: [11, 3],
    convolutions: [
      { filters: 4, size: 3, pool: 2 },
      { filters: 3, size: 2 },
    ],
    hidden: [4],
    outputs: 1,
    task: "regression",
    outputScale: 5,
  },
  { kind: "gru", input: [6, 3], units: 5, hidden: [4], outputs: 1, task: "regression" },
  { kind: "gru", input: [4, 2], units: 3, hidden: [], outputs: 3, task: "classification" },
  { kind: "autoencoder", inputs: 6, hidden: [5, 2] },
  { kind: "traffic-sign", input: [9, 9, 2], outputs: 4, width: 2, dropout: 0.3 },
  { kind: "detector", input: [24, 16, 2], categories: 3, width: 2, blocks: [1, 1] },
];

const BATCH = 5;

describe("models", () => {
  let engine: Engine;
  before(async () => {
    engine = await startEngine();
  });

  it("lists the tensors of a perceptron, layer by layer", () => {
    const spec: ModelSpec = { kind: "mlp", inputs: 12, hidden: [7, 5], outputs: 3 };
    expect(parameterShapes(spec).map(({ name, shape }) => [name, shape])).to.deep.equal([
      ["layer0.kernel", [12, 7]],
      ["layer0.bias", [7]],
      ["layer1.kernel", [7, 5]],
      ["layer1.bias", [5]],
      ["layer2.kernel", [5, 3]],
      ["layer2.bias", [3]],
    ]);
  });

  it("has the parameters that the papers count", () => {
    const count = (spec: ModelSpec) =>
      parameterShapes(spec)
        .filter(({ trainable }) => trainable)
        .reduce((sum, { shape }) => sum + elementCount(shape), 0);
    // torchvision's resnet18 has 11,689,512 with 1000 classes; here the stem is 3×3×1 instead of
    // 7×7×3, and there are 10 classes.
    const torchvision = 11_689_512 - 64 * (7 * 7 * 3 - 3 * 3) - 513 * 990;
    expect(count({ kind: "resnet18", input: [28, 28, 1], outputs: 10 })).to.equal(torchvision);
    // 5·5·1·16 + 16 + 5·5·16·32 + 32 + 7·7·32·10 + 10.
    const convolutions = [16, 32].map((filters) => ({ filters, size: 5, pool: 2 }));
    expect(count({ kind: "cnn", input: [28, 28, 1], convolutions, hidden: [], outputs: 10 })).to.equal(
      28_938,
    );
    // PyTorch's nn.GRU(14, 32): 3·32·(14 + 32 + 2); then 32 + 1.
    expect(
      count({ kind: "gru", input: [30, 14], units: 32, hidden: [], outputs: 1, task: "regression" }),
    ).to.equal(4608 + 33);
    expect(count({ kind: "traffic-sign", input: [32, 32, 3], outputs: 43 })).to.equal(58_347);
    // The size of the image makes no difference.
    for (const input of [[96, 96, 3] as const, [400, 680, 3] as const]) {
      expect(count({ kind: "detector", input: [...input], categories: 4 })).to.equal(227_801);
    }
  });

  it("marks running means and variances as not trainable, and no other", () => {
    const shapes = parameterShapes({ kind: "resnet18", input: [28, 28, 1], outputs: 10 });
    const buffers = shapes.filter(({ trainable }) => !trainable).map(({ name }) => name);
    expect(buffers).to.have.length(2 * 20);
    for (const name of buffers) expect(name).to.match(/\.norm\.(mean|variance)$/);
    expect(shapes.filter(({ name }) => /mean|variance/.test(name))).to.have.length(buffers.length);
  });

  it("writes a spec in one form and refuses what is none", () => {
    expect(canonicalModelSpec({ outputs: 3, hidden: [], inputs: 2, kind: "mlp" })).to.equal(
      '{"kind":"mlp","inputs":2,"hidden":[],"outputs":3}',
    );
    const mlp = { kind: "mlp", inputs: 5, hidden: [], outputs: 3 };
    const cnn = {
      kind: "cnn",
      input: [5, 5, 1],
      convolutions: [{ filters: 2, size: 3 }],
      hidden: [],
      outputs: 2,
    };
    expect(modelSpecSchema.safeParse(cnn).success).to.equal(true);
    for (const wrong of [
      { ...mlp, inputs: 0 },
      { ...mlp, hidden: [1.5] },
      { ...mlp, kind: "transformer" },
      { ...mlp, a: 1 },
      { ...mlp, dropout: 1 },
      { ...mlp, task: "regression" }, // three outputs
      { ...mlp, outputScale: 2 }, // of a classification
      { ...mlp, hidden: [100_000_000] }, // too large
      { ...cnn, padding: "valid", convolutions: [{ filters: 2, size: 6 }] }, // larger than the image
      { ...cnn, convolutions: [{ filters: 2, size: 3, pool: 6 }] },
      { kind: "gru", input: [3, 2], units: 3, hidden: [], outputs: 1 }, // no task
      { kind: "detector", input: [24, 20, 3], categories: 2 }, // sides that cells don't divide
    ]) {
      expect(modelSpecSchema.safeParse(wrong).success, JSON.stringify(wrong)).to.equal(false);
    }
  });

  it("says when a kind is not known, or layers do not fit together", () => {
    const wrong: [string, unknown][] = [
      ["MODEL_KIND", { kind: "transformer" }],
      ["MODEL_OUTPUTS", { kind: "mlp", inputs: 2, hidden: [], outputs: 2, task: "regression" }],
      [
        "LAYER_SHAPE",
        {
          kind: "cnn",
          input: [3, 3, 1],
          convolutions: [{ filters: 1, size: 3, pool: 4 }],
          hidden: [],
          outputs: 2,
        },
      ],
    ];
    for (const [code, spec] of wrong) {
      expect(() => networkOf(spec as ModelSpec))
        .to.throw(BaseError)
        .with.property("code", code);
    }
  });

  it("draws initial kernels within ±√(6/inputs), by seed, and biases 0", () => {
    const spec: ModelSpec = { kind: "mlp", inputs: 12, hidden: [7, 5], outputs: 3 };
    const first = initialParameters(spec, new SeededRandom(1));
    expect(first).to.deep.equal(initialParameters(spec, new SeededRandom(1)));
    expect(first).not.to.deep.equal(initialParameters(spec, new SeededRandom(2)));
    expect(Math.max(...first[0]!.map(Math.abs))).to.be.within(0.5 * Math.SQRT1_2, Math.SQRT1_2);
    expect([...first[1]!]).to.deep.equal(new Array(7).fill(0));
  });

  for (const spec of SMALL_SPECS) {
    describe(canonicalModelSpec(spec), () => {
      const network = networkOf(spec);
      const random = new SeededRandom(3, spec.kind);
      const uniform = (shape: readonly number[], limit = 1) =>
        Float32Array.from({ length: elementCount(shape) }, () => limit * (2 * random.uniform() - 1));
      const input = uniform([BATCH, ...network.inputShape]);
      const targets = targetsFor(spec, input, random);
      // Away from the initial values: biases of 0 put ReLUs on their kinks.
      const parameters = initialParameters(spec, random).map((values, index) => {
        const { trainable, shape } = parameterShapes(spec)[index]!;
        const shift = uniform(shape, 0.1);
        return trainable ? values.map((value, at) => value + shift[at]!) : values;
      });

      /** The mean loss of the batch in training, with the same dropout masks every time. */
      const lossAt = (at: ModelParameters) =>
        engine.tidy(() => {
          const x = engine.tensor(input, [BATCH, ...network.inputShape]);
          const tensors = parameterTensors(engine, spec, at);
          const { output } = network.layer.train(engine, tensors, x, new SeededRandom(4));
          return lossOf(network)(engine, output as Tensor2D, targets).sum / BATCH;
        });

      it("has names of its own for all tensors", () => {
        const names = parameterShapes(spec).map(({ name }) => name);
        expect(new Set(names).size).to.equal(names.length);
      });

      it("differentiates as finite differences do", () => {
        const gradients = engine.tidy(() => {
          const x = engine.tensor(input, [BATCH, ...network.inputShape]);
          const tensors = parameterTensors(engine, spec, parameters);
          const pass = network.layer.train(engine, tensors, x, new SeededRandom(4));
          const { gradient } = lossOf(network)(engine, pass.output as Tensor2D, targets);
          const { input: byInput, parameters: changes } = pass.backward(gradient, false);
          expect(byInput).to.equal(undefined);
          return changes.map((change, index) => {
            expect(change.shape).to.deep.equal(parameterShapes(spec)[index]!.shape);
            return change.dataSync<"float32">();
          });
        });
        for (const [tensor, { name, trainable }] of parameterShapes(spec).entries()) {
          if (!trainable) continue;
          expectDirectionalDerivative(name, parameters, tensor, gradients[tensor]!, lossAt);
        }
      });

      it("gives the gradient by its input", () => {
        const pass = (values: Float32Array) => {
          const x = engine.tensor(values, [BATCH, ...network.inputShape]);
          const { output, backward } = network.layer.train(
            engine,
            parameterTensors(engine, spec, parameters),
            x,
            new SeededRandom(4),
          );
          return { backward, ...lossOf(network)(engine, output as Tensor2D, targets) };
        };
        const byInput = engine.tidy(() => {
          const { backward, gradient } = pass(input);
          return backward(gradient, true).input!.dataSync<"float32">();
        });
        expectDirectionalDerivative("input", [input], 0, byInput, ([values]) =>
          engine.tidy(() => pass(values!).sum / BATCH),
        );
      });

      it("comes back from tensors and from a stored file", () => {
        const onEngine = engine.tidy(() =>
          parameterTensors(engine, spec, parameters).map((tensor) => tensor.dataSync<"float32">()),
        );
        expect(onEngine).to.deep.equal(parameters);
        const global = { ...toFixedPoint(spec, parameters, 20), state: new Map() };
        const task = { model: spec, fractionBits: 20, strategy: { kind: "fedavg" } as const };
        const stored = decodeModel(encodeModel(global), task);
        expect(stored).to.deep.equal(global);
        const exact = fromFixedPoint(stored);
        expect(toFixedPoint(spec, exact, 20).tensors).to.deep.equal(global.tensors);
      });

      it("infers each sample alone as among others", () => {
        const infer = (values: Float32Array, batch: number) =>
          engine.tidy(() => {
            const x = engine.tensor(values, [batch, ...network.inputShape]);
            const output = network.layer.infer(engine, parameterTensors(engine, spec, parameters), x);
            expect(output.shape).to.deep.equal([batch, network.outputs]);
            return [...output.dataSync()];
          });
        const width = elementCount(network.inputShape);
        const alone = Array.from({ length: BATCH }, (_, row) =>
          infer(input.slice(row * width, (row + 1) * width), 1),
        );
        expect(infer(input, BATCH)).to.deep.equal(alone.flat());
      });
    });
  }
});

function targetsFor(spec: ModelSpec, input: Float32Array, random: SeededRandom): Float32Array {
  const { task, outputs, grid } = networkOf(spec);
  if (task === "reconstruction") return input;
  const targets = new Float32Array(BATCH * outputs);
  if (grid !== undefined) {
    for (let row = 0; row < BATCH; row++) {
      const [left, top] = [random.integer(8), random.integer(8)];
      const box = { left, top, right: left + 7 + random.integer(8), bottom: top + 7 + random.integer(8) };
      const object = { box, category: random.integer(grid.categories) };
      assignTargets(grid, [object], targets.subarray(row * outputs, (row + 1) * outputs));
    }
    return targets;
  }
  for (let row = 0; row < BATCH; row++) {
    if (task === "regression") targets[row] = random.uniform();
    else targets[row * outputs + random.integer(outputs)] = 1;
  }
  return targets;
}

/**
 * Compares gradient · direction with (loss(w + hd) − loss(w − hd)) / 2h along random
 * directions d of one tensor. A long step may cross the kink of a ReLU and a short
 * one drown in rounding, so one of three lengths has to agree.
 */
function expectDirectionalDerivative(
  name: string,
  parameters: ModelParameters,
  tensor: number,
  gradient: Float32Array,
  lossAt: (parameters: ModelParameters) => number,
): void {
  const random = new SeededRandom(5, name);
  for (let trial = 0; trial < 3; trial++) {
    const drawn = gradient.map(() => 2 * random.uniform() - 1);
    const length = Math.hypot(...drawn);
    const direction = drawn.map((value) => value / length);
    const moved = (distance: number) =>
      parameters.map((values, index) =>
        index === tensor ? values.map((value, at) => value + distance * direction[at]!) : values,
      );
    const actual = gradient.reduce((sum, value, at) => sum + value * direction[at]!, 0);
    const errors = [2e-3, 5e-4, 2e-4].map((step) =>
      Math.abs(actual - (lossAt(moved(step)) - lossAt(moved(-step))) / (2 * step)),
    );
    expect(Math.min(...errors), name).to.be.lessThan(0.02 * Math.max(Math.hypot(...gradient), 0.05));
  }
}
