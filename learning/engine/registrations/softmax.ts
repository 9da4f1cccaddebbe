import { util } from "@tensorflow/tfjs-core";
import type { Registration } from "./Registration.ts";

/** Softmax over the last axis. */
export const softmax: Registration = {
  kernelName: "Softmax",
  compute: (pack, { logits }, { dim }) => {
    const { shape, dtype } = logits!;
    if (dtype !== "float32" || dim !== shape.length - 1) return undefined;
    const columns = shape.at(-1)!;
    const size = util.sizeFromShape(shape);
    if (size === 0) return undefined;
    const y = pack.output(shape);
    pack.run("softmax", [pack.offset(logits!), pack.offset(y), size / columns, columns]);
    return y;
  },
};

/** Softmax of logits [rows, classes] and (softmax − target) / rows. */
export const softmaxCrossEntropy: Registration = {
  kernelName: "SoftmaxCrossEntropy",
  compute: (pack, { logits, targets }) => {
    const [rows, columns] = logits!.shape as [number, number];
    const outputs = [pack.output(logits!.shape), pack.output(logits!.shape)];
    const offsets = [logits!, targets!, ...outputs].map((tensor) => pack.offset(tensor));
    pack.run("softmaxCrossEntropy", [...offsets, rows, columns]);
    return outputs;
  },
};
