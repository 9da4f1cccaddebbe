import { portableExp } from "../../../../numerics/portableExp.ts";
import { portableLog } from "../../../../numerics/portableLog.ts";

/** softmax((logits + g)/τ), g = −ln(−ln u). */
export function gumbelSoftmax(logits: ArrayLike<number>, u: ArrayLike<number>, tau = 1): Float64Array {
  const shifted = Float64Array.from(u, (x, i) => (logits[i]! - portableLog(-portableLog(x))) / tau);
  let most = Number.NEGATIVE_INFINITY;
  for (const x of shifted) most = Math.max(most, x);
  let sum = 0;
  for (let i = 0; i < shifted.length; i++) {
    shifted[i] = portableExp(shifted[i]! - most);
    sum += shifted[i]!;
  }
  return shifted.map((x) => x / sum);
}

/** Index of the largest; the first of equal ones. */
export function largestOf(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** What flows back through the softmax to the logits, from a gradient by its output. */
export function softmaxGradient(soft: ArrayLike<number>, upstream: ArrayLike<number>, tau = 1): Float64Array {
  let mean = 0;
  for (let i = 0; i < soft.length; i++) mean += soft[i]! * upstream[i]!;
  return Float64Array.from(upstream, (g, i) => (soft[i]! * (g - mean)) / tau);
}
