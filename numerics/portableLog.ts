import { LN2_HIGH, LN2_LOW } from "./ln2.ts";

const COEFFICIENTS = [
  0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784, 0.1818357216161805,
  0.15313837699209373, 0.14798198605116586,
] as const;

/**
 * ln x for x ≥ 0, from operations that IEEE 754 rounds exactly, so that it has
 * the same bits on every machine: `Math.log` may differ between engines. After
 * fdlibm's e_log.c (Sun Microsystems 1993), correct to less than one unit in the
 * last place.
 *
 * @returns −∞ for 0, ∞ for ∞, NaN for NaN.
 */
export function portableLog(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (!(x < Number.POSITIVE_INFINITY)) return x;
  // x = 2^k (1 + f), 1 + f in [√½, √2).
  let k = 0;
  let mantissa = x;
  while (mantissa >= Math.SQRT2) {
    mantissa /= 2;
    k++;
  }
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    k--;
  }
  const f = mantissa - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const [c0, c1, c2, c3, c4, c5, c6] = COEFFICIENTS;
  const even = w * (c1 + w * (c3 + w * c5));
  const odd = z * (c0 + w * (c2 + w * (c4 + w * c6)));
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + even + odd) + k * LN2_LOW) - f);
}
