import { createRequire } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { KERNEL_CASES } from "./kernelCases.ts";
import { inputsOf } from "./runCase.ts";

// Computes the kernel cases that tfjs knows on its pure-JavaScript backend, in a thread
// of its own so that this backend never gets into an engine's thread.

const tf = await import("@tensorflow/tfjs");
createRequire(import.meta.url)("@tensorflow/tfjs-backend-cpu");
await tf.setBackend("cpu");
const known = new Set(tf.getKernelsForBackend("cpu").map(({ kernelName }) => kernelName));
const only = new Set(workerData as readonly string[]);

parentPort!.postMessage(
  KERNEL_CASES.map((kernelCase) => {
    const { kernelName, inputs, attributes } = kernelCase;
    if (!known.has(kernelName) || !only.has(kernelName)) return undefined;
    const values = inputsOf(kernelCase);
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, shape]) => {
        const tensor = tf.tensor(values[name]!, [...shape]);
        // The backend multiplies only batches.
        return [
          name,
          kernelName.endsWith("MatMul") && name !== "bias" && shape.length === 2
            ? tf.expandDims(tensor)
            : tensor,
        ];
      }),
    );
    return [tf.engine().runKernel(kernelName, tensors, attributes as never) as never]
      .flat()
      .map((tensor: { dataSync(): Float32Array }) => tensor.dataSync());
  }),
);
