import { util } from "@tensorflow/tfjs-core";
import type { Registration } from "./Registration.ts";

/** The sum of dy [..., channels] over all axes but the last. */
export const biasGrad: Registration = {
  kernelName: "BiasGrad",
  compute: (pack, { dy }) => {
    const channels = dy!.shape.at(-1)!;
    const sum = pack.output([channels]);
    const rows = util.sizeFromShape(dy!.shape) / channels;
    pack.run("biasGrad", [pack.offset(dy!), pack.offset(sum), rows, channels]);
    return sum;
  },
};

/** y, mean and variance over all axes but the last; attributes `epsilon`, `relu`. */
export const batchNormTrain: Registration = {
  kernelName: "BatchNormTrain",
  compute: (pack, { x, gamma, beta }, { epsilon, relu }) => {
    const channels = x!.shape.at(-1)!;
    const outputs = [pack.output(x!.shape), pack.output([channels]), pack.output([channels])];
    const offsets = [x!, gamma!, beta!, ...outputs].map((tensor) => pack.offset(tensor));
    const rows = util.sizeFromShape(x!.shape) / channels;
    pack.run("batchNormTrain", [...offsets, rows, channels, relu ? 1 : 0], [epsilon as number]);
    return outputs;
  },
};

/** The gradients by x, gamma and beta; attribute `epsilon`. */
export const batchNormGrad: Registration = {
  kernelName: "BatchNormGrad",
  compute: (pack, { dy, x, gamma, mean, variance }, { epsilon }) => {
    const channels = x!.shape.at(-1)!;
    const outputs = [pack.output(x!.shape), pack.output([channels]), pack.output([channels])];
    const offsets = [dy!, x!, gamma!, mean!, variance!, ...outputs].map((tensor) => pack.offset(tensor));
    const rows = util.sizeFromShape(x!.shape) / channels;
    pack.run("batchNormGrad", [...offsets, rows, channels], [epsilon as number]);
    return outputs;
  },
};
