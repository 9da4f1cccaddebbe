// exp, tanh and the logistic function from IEEE-exact operations alone, so that
// every machine gives the same bits. Polynomials after Cephes (Moshier 1992): the
// relative error stays below 2 units in the last place.
#ifndef FRESHET_ELEMENTARY_H
#define FRESHET_ELEMENTARY_H
#include "simd.h"

// e^t = e^r 2^n for |r| ≤ ln 2 / 2: gives e^r, and n as a whole number.
INLINE vf expParts(vf t, vi *power) {
  // n = round(t / ln 2): adding 1.5 · 2^23 leaves no bits for a fraction.
  const vf shifted = t * 1.44269504f + 12582912.0f;
  const vf n = shifted - 12582912.0f;
  const vf r = t - n * 0.693359375f - n * -2.12194440e-4f;
  vf p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  *power = (vi)shifted - (vi)(vf)12582912.0f;
  return p * (r * r) + r + 1.0f;
}

INLINE vf vectorExp(vf x) {
  const vi nan = x != x;
  vf t = choose(x < 88.72283f, x, (vf)88.72283f);
  t = choose(t > -87.33654f, t, (vf)-87.33654f);
  vi power;
  const vf p = expParts(t, &power);
  // 2^n in two factors: n reaches 128.
  const vi half = power >> 1;
  const vf scaled = p * (vf)((half + 127) << 23) * (vf)((power - half + 127) << 23);
  vf result = choose(x > 88.72283f, (vf)__builtin_inff(), scaled);
  result = choose(x < -87.33654f, (vf)0.0f, result);
  return choose(nan, x, result);
}

INLINE vf vectorSigmoid(vf x) { return 1.0f / (1.0f + vectorExp(-x)); }

INLINE vf vectorTanh(vf x) {
  const vf magnitude = (vf)((vi)x & 0x7fffffff);
  const vf z = x * x;
  vf p = z * -5.70498872745e-3f + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const vf small = p * z * x + x;
  // From |x| = 22 on tanh is 1 to the last bit.
  const vf twice = magnitude + magnitude;
  vi power;
  const vf e = expParts(choose(twice < 44.0f, twice, (vf)44.0f), &power);
  const vf large = 1.0f - 2.0f / (e * (vf)((power + 127) << 23) + 1.0f);
  const vf signedLarge = (vf)((vi)large | ((vi)x & (vi)0x80000000));
  return choose(magnitude < 0.625f, small, choose(x != x, x, signedLarge));
}
#endif
