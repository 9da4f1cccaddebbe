#include "simd.h"

// 0 parameter, 1 velocity or 0, 2 gradient, 3 count; floats 0 learningRate, 1 momentum, 2 weightDecay.
// g ← g + weightDecay w; v ← momentum v + g; w ← w − learningRate v.
KERNEL(sgdStep) {
  float *w = F(0), *v = F(1);
  const float *g = F(2);
  const float rate = S(0), momentum = S(1), decay = S(2);
  if (I(1)) {
    EACH_VECTOR(I(3), {
      vf step = LOAD(g);
      if (decay != 0) step += decay * LOAD(w);
      step = momentum * LOAD(v) + step;
      STORE(v, step);
      STORE(w, LOAD(w) - rate * step);
    });
  } else {
    EACH_VECTOR(I(3), {
      vf step = LOAD(g);
      if (decay != 0) step += decay * LOAD(w);
      STORE(w, LOAD(w) - rate * step);
    });
  }
}

// 0 parameter, 1 m, 2 v, 3 gradient, 4 count; floats 0 learningRate, 1 beta1, 2 beta2, 3 epsilon,
// 4 1 − beta1^t, 5 1 − beta2^t (Kingma and Ba 2015, algorithm 1).
KERNEL(adamStep) {
  float *w = F(0), *m = F(1), *v = F(2);
  const float *g = F(3);
  const float rate = S(0), beta1 = S(1), beta2 = S(2), epsilon = S(3);
  const float correction1 = S(4), correction2 = S(5);
  EACH_VECTOR(I(4), {
    const vf gradient = LOAD(g);
    const vf first = beta1 * LOAD(m) + (1.0f - beta1) * gradient;
    const vf second = beta2 * LOAD(v) + (1.0f - beta2) * (gradient * gradient);
    STORE(m, first);
    STORE(v, second);
    const vf size = __builtin_elementwise_sqrt(second / correction2) + epsilon;
    STORE(w, LOAD(w) - rate * (first / correction1) / size);
  });
}
