import type { TensorInfo } from "@tensorflow/tfjs";
import type { KernelPack } from "../KernelPack.ts";
import type { Attributes, Inputs, Registration } from "./Registration.ts";

/** a [batch, m, k] · b [batch, k, n], either transposed if told, either with a batch of 1 for all. */
export const batchMatMul: Registration = { kernelName: "BatchMatMul", compute: multiply };

/** The product plus a bias [n], then linear or ReLU. */
export const fusedMatMul: Registration = { kernelName: "_FusedMatMul", compute: multiply };

function multiply(pack: KernelPack, inputs: Inputs, attributes: Attributes): TensorInfo | undefined {
  const { a, b, bias } = inputs as { a: TensorInfo; b: TensorInfo; bias?: TensorInfo };
  const { transposeA = false, transposeB = false, activation = "linear" } = attributes;
  if (a.dtype !== "float32" || b.dtype !== "float32") return undefined;
  if (activation !== "linear" && activation !== "relu") return undefined;
  if (a.shape.length !== 3 || b.shape.length !== 3) return undefined;
  const [batchA, rowsA, columnsA] = a.shape as [number, number, number];
  const [batchB, rowsB, columnsB] = b.shape as [number, number, number];
  const batch = Math.max(batchA, batchB);
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = transposeB ? rowsB : columnsB;
  if (bias !== undefined && bias !== null && (bias.shape.length !== 1 || bias.shape[0] !== n))
    return undefined;
  if (batch * m * n * k === 0) return undefined;
  const c = pack.output([batch, m, n]);
  pack.run("matMul", [
    pack.offset(a),
    pack.offset(b),
    bias ? pack.offset(bias) : 0,
    pack.offset(c),
    batch,
    m,
    n,
    k,
    transposeA ? 1 : 0,
    transposeB ? 1 : 0,
    batchA === 1 ? 0 : m * k,
    batchB === 1 ? 0 : k * n,
    activation === "relu" ? 1 : 0,
  ]);
  return c;
}
