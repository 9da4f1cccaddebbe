import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { expect } from "chai";
import type { Engine } from "../../../../learning/engine/Engine.ts";
import type { KernelPack } from "../../../../learning/engine/KernelPack.ts";
import { REGISTRATIONS } from "../../../../learning/engine/registerKernels.ts";
import { startEngine } from "../../../../learning/engine/startEngine.ts";
import { KERNEL_CASES, type KernelCase } from "./kernelCases.ts";
import { packsOf } from "./packsOf.ts";
import { inputsOf, runCase } from "./runCase.ts";
import { seededFloats } from "./seededFloats.ts";

const DIGESTS = new URL("./kernelDigests.json", import.meta.url);

/** Kernels of tfjs's own to compare with; its AvgPoolGrad counts padding, so no case has any. */
const REFERENCE = [
  ...["BatchMatMul", "_FusedMatMul", "Conv2D", "FusedConv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"],
  ...["DepthwiseConv2dNative", "DepthwiseConv2dNativeBackpropInput", "DepthwiseConv2dNativeBackpropFilter"],
  ...["MaxPool", "AvgPool", "AvgPoolGrad", "Relu", "Exp", "Sigmoid", "Tanh", "Softmax"],
];

describe("the kernel pack", function () {
  this.timeout(60_000);
  let engine: Engine;
  let strict: Map<string, KernelPack>;
  let fast: Map<string, KernelPack>;

  before(async () => {
    engine = await startEngine();
    strict = await packsOf(engine, "strict");
    fast = await packsOf(engine, "fast");
  });

  const digestOf = (outputs: readonly Float32Array[]) => {
    const hash = createHash("sha256");
    for (const output of outputs)
      hash.update(new Uint8Array(output.buffer, output.byteOffset, output.byteLength));
    return hash.digest("hex").slice(0, 16);
  };
  const digestsOf = (pack: KernelPack) =>
    Object.fromEntries(
      KERNEL_CASES.map((kernelCase) => [
        titleOf(kernelCase),
        digestOf(runCase(engine, pack, kernelCase, inputsOf(kernelCase))),
      ]),
    );

  it("has a case for every kernel", () => {
    const without = ["MaxPoolGrad", "UnsortedSegmentSum"];
    const cases = new Set(KERNEL_CASES.map(({ kernelName }) => kernelName));
    expect(REGISTRATIONS.map(({ kernelName }) => kernelName)).to.have.members([...cases, ...without]);
  });

  it("computes the pinned bits in WebAssembly and at every native level", async () => {
    const pinned = JSON.parse(await readFile(DIGESTS, "utf8"));
    for (const [level, pack] of strict) expect(digestsOf(pack), level).to.deep.equal(pinned);
  });

  it("computes other bits in the fast class, and the same at each of its levels", function () {
    if (fast.size === 0) this.skip();
    const [first, ...others] = [...fast.values()].map(digestsOf);
    expect(first).not.to.deep.equal(digestsOf(strict.get("wasm")!));
    for (const other of others) expect(other).to.deep.equal(first);
  });

  it("steps in place to the same bits at every level", () => {
    const results = [...strict.values()].map((pack) =>
      engine.tidy(() => {
        const [w, v, m, g] = [1, 2, 3, 4].map((seed) => engine.tensor1d(seededFloats(37, seed)));
        const squares = engine.tensor1d(seededFloats(37, 5).map(Math.abs));
        const offsets = [w!, v!, g!].map((tensor) => pack.offset(tensor));
        pack.run("sgdStep", [...offsets, 37], [0.1, 0.9, 0.01]);
        pack.run("sgdStep", [offsets[0]!, 0, offsets[2]!, 37], [0.1, 0, 0]);
        pack.run(
          "adamStep",
          [w!, m!, squares, g!].map((tensor) => pack.offset(tensor)).concat(37),
          [0.01, 0.9, 0.999, 1e-8, 0.1, 0.001],
        );
        return digestOf([w!, v!, m!, squares].map((tensor) => tensor.dataSync<"float32">()));
      }),
    );
    expect(new Set(results)).to.deep.equal(new Set(["0eed7dd4c4f85c2e"]));
  });

  it("passes through perceptrons, forward and back, to the same bits at every level", () => {
    const widths = [5, 32, 33, 3];
    const rows = 37;
    const outputs = 32 + 33 + 3;
    const results = [...strict.values()].map((pack) => {
      const parameters = pack.floats(6 * 32 + 33 * 33 + 34 * 3);
      const [x, activations, deltas] = [5, outputs, outputs].map((width) => pack.floats(rows * width));
      const gradient = pack.floats(parameters.length);
      parameters.values.set(seededFloats(parameters.length, 1));
      x!.values.set(seededFloats(x!.length, 2));
      deltas!.values.set(seededFloats(deltas!.length, 3));
      const places = [parameters, x!, activations!].map(({ offset }) => offset);
      pack.run("mlp", [...places, rows, 3, ...widths]);
      pack.run("mlpGrad", [...places, deltas!.offset, gradient.offset, rows, 3, ...widths]);
      const digest = digestOf([activations!.values, deltas!.values, gradient.values]);
      for (const floats of [parameters, x!, activations!, deltas!, gradient]) floats.dispose();
      return digest;
    });
    expect(new Set(results)).to.deep.equal(new Set(["0fb6627c89985885"]));
  });

  it("agrees with tfjs's pure-JavaScript backend", async () => {
    const worker = new Worker(new URL("./cpuReferenceThread.ts", import.meta.url), { workerData: REFERENCE });
    const references = await new Promise<(Float32Array[] | undefined)[]>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    await worker.terminate();
    let compared = 0;
    for (const [index, reference] of references.entries()) {
      if (reference === undefined) continue;
      const kernelCase = KERNEL_CASES[index]!;
      const outputs = runCase(engine, strict.get("wasm")!, kernelCase, inputsOf(kernelCase));
      for (const [number, output] of outputs.entries()) {
        expect(output.length, titleOf(kernelCase)).to.equal(reference[number]!.length);
        const apart = output.map((value, at) => Math.abs(value - reference[number]![at]!));
        expect(Math.max(...apart), titleOf(kernelCase)).to.be.lessThan(2e-5);
      }
      compared++;
    }
    expect(compared).to.be.greaterThan(40);
  });

  it("differentiates as finite differences do", () => {
    const pack = strict.get("wasm")!;
    for (const gradient of KERNEL_CASES) {
      if (gradient.gradientOf === undefined) continue;
      const { kernelName, inputs, by } = gradient.gradientOf;
      const forward = { kernelName, inputs, attributes: gradient.attributes! };
      const values = inputsOf({ inputs: { ...gradient.inputs, ...inputs } });
      const gradients = runCase(engine, pack, gradient, values);
      for (const [number, name] of by.entries()) {
        const direction = seededFloats(values[name]!.length, 77);
        const loss = (step: number) => {
          const moved = values[name]!.map((value, at) => value + step * direction[at]!);
          return dot(runCase(engine, pack, forward, { ...values, [name]: moved })[0]!, values.dy!);
        };
        const found = dot(gradients[number]!, direction);
        // The kernels are linear: a large step has no error but rounding.
        expect((loss(1) - loss(-1)) / 2, titleOf(gradient)).to.be.closeTo(
          found,
          1e-3 * (1 + Math.abs(found)),
        );
      }
    }
  });

  it("differentiates what is not linear", () => {
    const pack = strict.get("wasm")!;
    const shape = [3, 50, 21];
    const size = 3150;
    const values = {
      x: seededFloats(size, 1),
      gamma: seededFloats(21, 2),
      beta: seededFloats(21, 3),
      dy: seededFloats(size, 4),
    };
    const forward: KernelCase = {
      kernelName: "BatchNormTrain",
      inputs: { x: shape, gamma: [21], beta: [21] },
      attributes: { epsilon: 1e-3 },
    };
    const [, mean, variance] = runCase(engine, pack, forward, values);
    const backward: KernelCase = {
      kernelName: "BatchNormGrad",
      inputs: { dy: shape, x: shape, gamma: [21], mean: [21], variance: [21] },
      attributes: { epsilon: 1e-3 },
    };
    const gradients = runCase(engine, pack, backward, { ...values, mean: mean!, variance: variance! });
    for (const [number, name] of (["x", "gamma", "beta"] as const).entries()) {
      const direction = seededFloats(values[name].length, 5);
      const loss = (step: number) => {
        const moved = values[name].map((value, at) => value + step * direction[at]!);
        return dot(runCase(engine, pack, forward, { ...values, [name]: moved })[0]!, values.dy);
      };
      const found = dot(gradients[number]!, direction);
      expect((loss(1e-2) - loss(-1e-2)) / 2e-2, name).to.be.closeTo(found, 5e-3 * (1 + Math.abs(found)));
    }
  });

  it("gives a window's gradient to its first largest pixel", () => {
    const pack = strict.get("wasm")!;
    const x = Float32Array.of(1, 3, 3, 2, 5, 0, 0, 5, 4, 4, 4, 4, 0, 0, 0, 1);
    const attributes = { filterSize: 2, strides: 2, pad: "valid" };
    const [y] = runCase(
      engine,
      pack,
      { kernelName: "MaxPool", inputs: { x: [1, 4, 4, 1] }, attributes },
      { x },
    );
    expect([...y!]).to.deep.equal([5, 5, 4, 4]);
    const gradient: KernelCase = {
      kernelName: "MaxPoolGrad",
      inputs: { dy: [1, 2, 2, 1], input: [1, 4, 4, 1], output: [1, 2, 2, 1] },
      attributes,
    };
    for (const [level, one] of strict) {
      const [dx] = runCase(engine, one, gradient, { input: x, output: y!, dy: Float32Array.of(1, 2, 3, 4) });
      expect([...dx!], level).to.deep.equal([0, 0, 0, 0, 1, 0, 0, 2, 3, 0, 4, 0, 0, 0, 0, 0]);
    }
  });

  it("sums rows by segment and leaves out ids that are none", () => {
    const x = engine.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
    const sums = engine.unsortedSegmentSum(x, engine.tensor1d([1, -1, 1, 0], "int32"), 3);
    expect([...sums.dataSync()]).to.deep.equal([7, 8, 6, 8, 0, 0]);
  });
});

function titleOf({ kernelName, inputs, attributes }: KernelCase): string {
  return `${kernelName} ${JSON.stringify(inputs)} ${JSON.stringify(attributes ?? {})}`;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}
