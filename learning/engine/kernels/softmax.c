#include "elementary.h"

// exp(x − max) of a row into y; returns the sum, added from first to last.
INLINE float exponentials(const float *x, float *y, i32 n) {
  float largest = x[0];
  for (i32 j = 1; j < n; j++) largest = x[j] > largest ? x[j] : largest;
  EACH_VECTOR(n, { STORE(y, vectorExp(LOAD(x) - largest)); });
  float sum = 0;
  for (i32 j = 0; j < n; j++) sum += y[j];
  return sum;
}

// 0 x, 1 y, 2 rows, 3 columns.
KERNEL(softmax) {
  const i32 n = I(3);
  for (i32 row = 0; row < I(2); row++) {
    const float *x = F(0) + (sptr)row * n;
    float *y = F(1) + (sptr)row * n;
    const float sum = exponentials(x, y, n);
    EACH_VECTOR(n, { STORE(y, LOAD(y) / sum); });
  }
}

// 0 logits, 1 targets, 2 probabilities, 3 gradient, 4 rows, 5 columns: softmax, and
// (softmax − target) / rows, the gradient of the mean cross-entropy.
KERNEL(softmaxCrossEntropy) {
  const i32 n = I(5);
  const float rows = (float)I(4);
  for (i32 row = 0; row < I(4); row++) {
    const float *logits = F(0) + (sptr)row * n, *targets = F(1) + (sptr)row * n;
    float *p = F(2) + (sptr)row * n, *gradient = F(3) + (sptr)row * n;
    const float sum = exponentials(logits, p, n);
    EACH_VECTOR(n, {
      const vf probability = LOAD(p) / sum;
      STORE(p, probability);
      STORE(gradient, (probability - LOAD(targets)) / rows);
    });
  }
}
