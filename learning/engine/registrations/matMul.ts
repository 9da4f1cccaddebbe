import { broadcast_util, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { KernelPack } from "../KernelPack.ts";
import type { Attributes, Inputs, Registration } from "./Registration.ts";

/** a [..., m, k] · b [..., k, n], either transposed if told, either one matrix for the whole batch. */
export const batchMatMul: Registration = { kernelName: "BatchMatMul", compute: multiply };

/** The product plus a bias [n], then linear or ReLU. */
export const fusedMatMul: Registration = { kernelName: "_FusedMatMul", compute: multiply };

function multiply(pack: KernelPack, inputs: Inputs, attributes: Attributes): TensorInfo | undefined {
  const { a, b, bias } = inputs as { a: TensorInfo; b: TensorInfo; bias?: TensorInfo };
  const { transposeA = false, transposeB = false, activation = "linear" } = attributes;
  if (a.dtype !== "float32" || b.dtype !== "float32") return undefined;
  if (activation !== "linear" && activation !== "relu") return undefined;
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const leadingA = a.shape.slice(0, -2);
  const leadingB = b.shape.slice(0, -2);
  const batchA = util.sizeFromShape(leadingA);
  const batchB = util.sizeFromShape(leadingB);
  if (batchA !== 1 && batchB !== 1 && !util.arraysEqual(leadingA, leadingB)) return undefined;
  const batch = Math.max(batchA, batchB);
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = transposeB ? rowsB : columnsB;
  if (bias !== undefined && bias !== null && (bias.shape.length !== 1 || bias.shape[0] !== n))
    return undefined;
  if (batch * m * n * k === 0) return undefined;
  const c = pack.output([...broadcast_util.assertAndGetBroadcastShape(leadingA, leadingB), m, n]);
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
