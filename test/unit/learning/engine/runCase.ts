import type { TensorInfo } from "@tensorflow/tfjs";
import type { Engine } from "../../../../learning/engine/Engine.ts";
import type { KernelPack } from "../../../../learning/engine/KernelPack.ts";
import { REGISTRATIONS } from "../../../../learning/engine/registerKernels.ts";
import type { KernelCase } from "./kernelCases.ts";
import { seededFloats } from "./seededFloats.ts";

/** The inputs of a case: numbers that depend on their names alone. */
export function inputsOf(kernelCase: Pick<KernelCase, "inputs">): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(kernelCase.inputs).map(([name, shape]) => [
      name,
      seededFloats(
        shape.reduce((product, length) => product * length, 1),
        name.length * 31 + name.charCodeAt(0),
      ),
    ]),
  );
}

/** Runs a case on a pack, which need not be the engine's own, and reads the outputs. */
export function runCase(
  engine: Engine,
  pack: KernelPack,
  { kernelName, inputs, attributes = {} }: KernelCase,
  values: Readonly<Record<string, Float32Array>>,
): Float32Array[] {
  return engine.tidy(() => {
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, shape]) => [name, engine.tensor(values[name]!, [...shape])]),
    );
    const { compute } = REGISTRATIONS.find((one) => one.kernelName === kernelName)!;
    const outputs = [compute(pack, tensors, attributes) as TensorInfo | TensorInfo[]].flat();
    return outputs.map((output) => engine.engine().makeTensorFromTensorInfo(output).dataSync<"float32">());
  });
}
