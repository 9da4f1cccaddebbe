#include "elementary.h"

// 0 x, 1 y, 2 count.
KERNEL(exponential) {
  const float *x = F(0);
  float *y = F(1);
  EACH_VECTOR(I(2), { STORE(y, vectorExp(LOAD(x))); });
}
KERNEL(sigmoid) {
  const float *x = F(0);
  float *y = F(1);
  EACH_VECTOR(I(2), { STORE(y, vectorSigmoid(LOAD(x))); });
}
KERNEL(hyperbolicTangent) {
  const float *x = F(0);
  float *y = F(1);
  EACH_VECTOR(I(2), { STORE(y, vectorTanh(LOAD(x))); });
}
KERNEL(relu) {
  const float *x = F(0);
  float *y = F(1);
  EACH_VECTOR(I(2), { STORE(y, rectified(LOAD(x))); });
}

// 0 dy, 1 y, 2 dx, 3 count: dy where y > 0.
KERNEL(reluGrad) {
  const float *dy = F(0), *y = F(1);
  float *dx = F(2);
  EACH_VECTOR(I(3), { STORE(dx, (vf)((vi)LOAD(dy) & (LOAD(y) > 0))); });
}

// 0 x, 1 y, 2 sum, 3 count, 4 relu: x + y, then max(0, ·): a residual block's end.
KERNEL(addRelu) {
  const float *x = F(0), *y = F(1);
  float *sum = F(2);
  if (I(4)) {
    EACH_VECTOR(I(3), { STORE(sum, rectified(LOAD(x) + LOAD(y))); });
  } else {
    EACH_VECTOR(I(3), { STORE(sum, LOAD(x) + LOAD(y)); });
  }
}

// 0 factor, then result, 1 steps: 20 multiplications and 20 additions a step on independent vectors in
// registers. The benchmark measures with it how fast this numeric class could be at most.
KERNEL(peak) {
  vf chain[10];
  for (i32 i = 0; i < 10; i++) chain[i] = (vf)(float)i;
  const vf factor = (vf)*F(0);
  for (i32 step = 0; step < I(1); step++) {
#pragma unroll
    for (i32 repeat = 0; repeat < 2; repeat++)
#pragma unroll
      for (i32 i = 0; i < 10; i++) chain[i] = chain[i] * factor + factor;
  }
  vf total = 0;
  for (i32 i = 0; i < 10; i++) total += chain[i];
  *F(0) = total[0];
}
