import { LN2_HIGH, LN2_LOW } from "./ln2.ts";

const COEFFICIENTS = [
  0.16666666666666602, -0.0027777777777015593, 6.613756321437934e-5, -1.6533902205465252e-6,
  4.1381367970572385e-8,
] as const;

/** Above it e^x is more than any float64. */
const LARGEST = 709.782712893384;

/**
 * e^x, from operations that IEEE 754 rounds exactly, so that it has the same bits on
 * every machine: `Math.exp` may differ between engines. After fdlibm's e_exp.c (Sun
 * Microsystems 1993), correct to less than one unit in the last place.
 *
 * @returns 0 below −708, where denormal numbers would begin.
 */
export function portableExp(x: number): number {
  if (x < -708) return 0;
  if (x > LARGEST) return Number.POSITIVE_INFINITY;
  const k = Math.round(x / (LN2_HIGH + LN2_LOW));
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const [c0, c1, c2, c3, c4] = COEFFICIENTS;
  const c = r - t * (c0 + t * (c1 + t * (c2 + t * (c3 + t * c4))));
  const mantissa = 1 - (low - (r * c) / (2 - c) - high);
  // 2^1024 is no float64, but its product with a mantissa below 1 may be.
  return k > 1023 ? 2 * (powerOfTwo(k - 1) * mantissa) : powerOfTwo(k) * mantissa;
}

/** 2^k, exactly. */
function powerOfTwo(k: number): number {
  const factor = k < 0 ? 0.5 : 2;
  let power = 1;
  for (let i = Math.abs(k); i > 0; i--) power *= factor;
  return power;
}
