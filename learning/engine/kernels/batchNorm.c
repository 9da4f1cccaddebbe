#include "simd.h"

// Sums over rows are sums of sums over CHUNK rows: fixed, and closer than one long sum.
#define CHUNK 64

// sum[c] over rows of term(row, c), vectors of channels.
#define SUM_ROWS(rows, channels, sum, term)                         \
  EACH_VECTOR(channels, {                                           \
    vf whole = 0;                                                   \
    for (i32 begin = 0; begin < (rows); begin += CHUNK) {           \
      const i32 end = least(begin + CHUNK, (rows));                 \
      vf some = 0;                                                  \
      for (i32 row = begin; row < end; row++) {                     \
        const sptr at = (sptr)row * (channels);                     \
        some += (term);                                             \
      }                                                             \
      whole += some;                                                \
    }                                                               \
    STORE(sum, whole);                                              \
  })

// 0 dy, 1 sum, 2 rows, 3 channels.
KERNEL(biasGrad) {
  const float *dy = F(0);
  float *sum = F(1);
  SUM_ROWS(I(2), I(3), sum, LOAD(dy + at));
}

// 0 x, 1 gamma, 2 beta, 3 y, 4 mean, 5 variance, 6 rows, 7 channels, 8 relu; float 0 epsilon.
// The variance is that of the population (divided by rows).
KERNEL(batchNormTrain) {
  const i32 rows = I(6), channels = I(7);
  const float *x = F(0), *gamma = F(1), *beta = F(2);
  float *y = F(3), *mean = F(4), *variance = F(5), *scale = SCRATCH;
  const float count = (float)rows;
  SUM_ROWS(rows, channels, mean, LOAD(x + at));
  EACH_VECTOR(channels, { STORE(mean, LOAD(mean) / count); });
  SUM_ROWS(rows, channels, variance, (LOAD(x + at) - LOAD(mean)) * (LOAD(x + at) - LOAD(mean)));
  EACH_VECTOR(channels, {
    const vf v = LOAD(variance) / count;
    STORE(variance, v);
    STORE(scale, LOAD(gamma) / __builtin_elementwise_sqrt(v + S(0)));
  });
  for (i32 row = 0; row < rows; row++) {
    const sptr at = (sptr)row * channels;
    EACH_VECTOR(channels, {
      vf v = (LOAD(x + at) - LOAD(mean)) * LOAD(scale) + LOAD(beta);
      if (I(8)) v = rectified(v);
      STORE(y + at, v);
    });
  }
}

// 0 dy, 1 x, 2 gamma, 3 mean, 4 variance, 5 dx, 6 dGamma, 7 dBeta, 8 rows, 9 channels; float 0
// epsilon. With x̂ = (x − mean) / σ: dBeta = Σ dy, dGamma = Σ dy x̂,
// dx = gamma/σ (dy − dBeta/rows − x̂ dGamma/rows) (Ioffe and Szegedy 2015).
KERNEL(batchNormGrad) {
  const i32 rows = I(8), channels = I(9);
  const float *dy = F(0), *x = F(1), *gamma = F(2), *mean = F(3), *variance = F(4);
  float *dx = F(5), *dGamma = F(6), *dBeta = F(7);
  float *const scale = SCRATCH, *const slope = scale + channels, *const offset = slope + channels;
  const float count = (float)rows;
  SUM_ROWS(rows, channels, dBeta, LOAD(dy + at));
  SUM_ROWS(rows, channels, dGamma, LOAD(dy + at) * (LOAD(x + at) - LOAD(mean)));
  EACH_VECTOR(channels, {
    const vf inverse = 1.0f / __builtin_elementwise_sqrt(LOAD(variance) + S(0));
    const vf gradient = LOAD(dGamma) * inverse;
    STORE(dGamma, gradient);
    STORE(scale, LOAD(gamma) * inverse);
    STORE(slope, gradient * inverse / count);
    STORE(offset, LOAD(dBeta) / count);
  });
  for (i32 row = 0; row < rows; row++) {
    const sptr at = (sptr)row * channels;
    EACH_VECTOR(channels, {
      const vf centred = LOAD(x + at) - LOAD(mean);
      STORE(dx + at, LOAD(scale) * (LOAD(dy + at) - LOAD(offset) - centred * LOAD(slope)));
    });
  }
}
