import { util } from "@tensorflow/tfjs-core";
import type { Registration } from "./Registration.ts";

/** max(0, x); keeps NaN. */
export const relu = unary("Relu", "relu");
/** eˣ. */
export const exp = unary("Exp", "exponential");
/** 1 / (1 + e⁻ˣ). */
export const sigmoid = unary("Sigmoid", "sigmoid");
/** tanh x. */
export const tanh = unary("Tanh", "hyperbolicTangent");

/** dy where y > 0, else 0. */
export const reluGrad: Registration = {
  kernelName: "ReluGrad",
  compute: (pack, { dy, y }) => {
    const dx = pack.output(dy!.shape);
    const count = util.sizeFromShape(dy!.shape);
    pack.run("reluGrad", [pack.offset(dy!), pack.offset(y!), pack.offset(dx), count]);
    return dx;
  },
};

/** max(0, x + y) of equal shapes. */
export const addRelu: Registration = {
  kernelName: "AddRelu",
  compute: (pack, { x, y }) => {
    const sum = pack.output(x!.shape);
    const count = util.sizeFromShape(x!.shape);
    pack.run("addRelu", [pack.offset(x!), pack.offset(y!), pack.offset(sum), count, 1]);
    return sum;
  },
};

function unary(kernelName: string, kernel: string): Registration {
  return {
    kernelName,
    compute: (pack, { x }) => {
      if (x!.dtype !== "float32") return undefined;
      const y = pack.output(x!.shape);
      pack.run(kernel, [pack.offset(x!), pack.offset(y), util.sizeFromShape(x!.shape)]);
      return y;
    },
  };
}
