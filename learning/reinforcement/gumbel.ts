import { portableExp } from "../../numerics/portableExp.ts";
import { portableLog } from "../../numerics/portableLog.ts";
import type { RandomSource } from "../../numerics/RandomSource.ts";

/** A draw of Gumbel's distribution: −ln(−ln u). */
export function gumbelDraw(random: RandomSource): number {
  // 0 would be −∞; it comes once in 2^53 draws.
  const u = random.uniform() || Number.MIN_VALUE;
  return -portableLog(-portableLog(u));
}

/** 1/(1 + e^−x). */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + portableExp(-x));
  const e = portableExp(x);
  return e / (1 + e);
}

/**
 * Straight through Gumbel's softmax (Jang et al. 2017), for rows of `width` logits: what is chosen is the largest of
 * softmax(logits + g).
 *
 * @param draws - g, as long as the logits.
 * @param soft - Written: the softmax.
 * @param chosen - Written: the index of the largest in each row, the first of equal ones.
 */
export function gumbelSoftmax(
  logits: Float32Array,
  draws: Float64Array,
  width: number,
  soft: Float64Array,
  chosen: Int32Array,
): void {
  for (let row = 0; row < chosen.length; row++) {
    const at = row * width;
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < width; k++) {
      const shifted = logits[at + k]! + draws[at + k]!;
      soft[at + k] = shifted;
      if (shifted <= most) continue;
      most = shifted;
      best = k;
    }
    chosen[row] = best;
    let sum = 0;
    for (let k = 0; k < width; k++) {
      // What is no candidate is so far below that nothing is left of it.
      const weight = soft[at + k]! - most < -80 ? 0 : portableExp(soft[at + k]! - most);
      soft[at + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < width; k++) soft[at + k]! /= sum;
  }
}
