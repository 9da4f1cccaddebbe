#include "simd.h"

// 0 x, 1 y, 2 count: x ← x − y.
KERNEL(subtract) {
  float *x = F(0);
  const float *y = F(1);
  EACH_VECTOR(I(2), { STORE(x, LOAD(x) - LOAD(y)); });
}

// 0 x, 1 count, 2 result, an integer: the largest bits of x without their signs.
KERNEL(largestBits) {
  const float *x = F(0);
  vi largest = 0;
  EACH_VECTOR(I(1), {
    const vi bits = (vi)LOAD(x) & 0x7fffffff;
    const vi larger = bits > largest;
    largest = (larger & bits) | (~larger & largest);
  });
  i32 *result = (i32 *)(heap + (u32)a[2]);
  *result = 0;
  for (i32 lane = 0; lane < VL; lane++)
    if (largest[lane] > *result) *result = largest[lane];
}

// 0 sums, float64, 1 x, 2 count, 3 two float64: units, a power of two, and weight. Adds weight · x · units, rounded to
// a whole number, half away from zero. All of it is exact as long as |x · units| < 2^31 − ½ and |sums| stays below 2^53,
// so any order and fused operations give the same bits. Written for the compiler to make vectors of: these are of float64.
KERNEL(addSteps) {
  double *restrict sums = (double *)(heap + (u32)a[0]);
  const float *restrict x = F(1);
  const i32 *restrict bits = (const i32 *)x;
  const double *constants = (const double *)(heap + (u32)a[3]);
  const double units = constants[0], weight = constants[1];
  const i32 count = I(2);
  for (i32 i = 0; i < count; i++) {
    const i32 size = (i32)(__builtin_fabs((double)x[i] * units) + 0.5);
    const i32 sign = bits[i] >> 31;
    sums[i] += weight * (double)((size ^ sign) - sign);
  }
}
