/**
 * Exponential and logarithm from operations that IEEE 754 rounds exactly, so that
 * they give the same bits on every machine: `Math.exp` and `Math.log` may differ
 * between engines. After fdlibm's e_exp.c and e_log.c (Sun Microsystems 1993),
 * correct to less than one unit in the last place.
 */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const EXP = [
  0.16666666666666602, -0.0027777777777015593, 6.613756321437934e-5, -1.6533902205465252e-6,
  4.1381367970572385e-8,
] as const;
const LOG = [
  0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784, 0.1818357216161805,
  0.15313837699209373, 0.14798198605116586,
] as const;

/** e^x for x ≤ 0; 0 where that is below 2^−1022. */
export function portableExp(x: number): number {
  if (x < -708) return 0;
  const k = Math.round(x / (LN2_HIGH + LN2_LOW));
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const c = r - t * (EXP[0] + t * (EXP[1] + t * (EXP[2] + t * (EXP[3] + t * EXP[4]))));
  return powerOfTwo(k) * (1 - (low - (r * c) / (2 - c) - high));
}

/** ln x for x > 0; −∞ for 0. */
export function portableLog(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
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
  const even = w * (LOG[1] + w * (LOG[3] + w * LOG[5]));
  const odd = z * (LOG[0] + w * (LOG[2] + w * (LOG[4] + w * LOG[6])));
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + even + odd) + k * LN2_LOW) - f);
}

/** 2^k, exactly. */
function powerOfTwo(k: number): number {
  const factor = k < 0 ? 0.5 : 2;
  let power = 1;
  for (let i = Math.abs(k); i > 0; i--) power *= factor;
  return power;
}
