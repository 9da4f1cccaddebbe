#include "simd.h"

// 0 x [rows, width], 1 ids (int32), 2 sums [segments, width], 3 rows, 4 width, 5 segments. Rows are
// added in their order; ids outside [0, segments) are left out, as TensorFlow does.
KERNEL(unsortedSegmentSum) {
  const i32 width = I(4);
  const i32 *ids = (const i32 *)F(1);
  zeroFloats(F(2), I(5) * width);
  for (i32 row = 0; row < I(3); row++) {
    if (ids[row] < 0 || ids[row] >= I(5)) continue;
    const float *x = F(0) + (sptr)row * width;
    float *sum = F(2) + (sptr)ids[row] * width;
    EACH_VECTOR(width, { STORE(sum, LOAD(sum) + LOAD(x)); });
  }
}
