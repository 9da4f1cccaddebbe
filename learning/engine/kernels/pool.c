#include "simd.h"

// Arguments of all four: 3 batch, 4 height, 5 width, 6 channels, 7 outHeight, 8 outWidth,
// 10 filterHeight, 11 filterWidth, 12 strideY, 13 strideX, 14 top, 15 left. Padding takes
// no part: the maximum and the average are over the pixels of the image.
typedef struct {
  i32 yBegin, yEnd, xBegin, xEnd;
} Span;

INLINE Span spanOf(const i32 *a, i32 outY, i32 outX) {
  const i32 y = outY * I(12) - I(14), x = outX * I(13) - I(15);
  return (Span){y < 0 ? 0 : y, least(y + I(10), I(4)), x < 0 ? 0 : x, least(x + I(11), I(5))};
}

#define EACH_OUTPUT(body)                                                         \
  for (i32 image = 0; image < I(3); image++)                                      \
    for (i32 outY = 0; outY < I(7); outY++)                                       \
      for (i32 outX = 0; outX < I(8); outX++) {                                   \
        const Span s = spanOf(a, outY, outX);                                     \
        const sptr out = ((sptr)(image * I(7) + outY) * I(8) + outX) * channels;  \
        body                                                                      \
      }
#define EACH_INPUT(body)                                                          \
  for (i32 y = s.yBegin; y < s.yEnd; y++)                                         \
    for (i32 x = s.xBegin; x < s.xEnd; x++) {                                     \
      const sptr in = ((sptr)(image * I(4) + y) * I(5) + x) * channels;           \
      body                                                                        \
    }

// 0 x, 2 y.
KERNEL(maxPool) {
  const i32 channels = I(6);
  const float *x_ = F(0);
  float *y_ = F(2);
  EACH_OUTPUT({
    EACH_VECTOR(channels, {
      vf best = (vf)-3.402823466e+38f;
      EACH_INPUT({
        const vf v = LOAD(x_ + in);
        // NaN wins, as it would show in the loss.
        best = choose((v > best) | (v != v), v, best);
      })
      STORE(y_ + out, best);
    });
  })
}

// 0 x, 1 dy, 2 gradient of x, 18 y: the first of equal pixels of a window takes its gradient.
KERNEL(maxPoolGrad) {
  const i32 channels = I(6);
  const float *x_ = F(0), *dy = F(1), *y_ = F(18);
  float *dx = F(2);
  zeroFloats(dx, I(3) * I(4) * I(5) * channels);
  EACH_OUTPUT({
    EACH_VECTOR(channels, {
      const vf best = LOAD(y_ + out);
      const vf gradient = LOAD(dy + out);
      vi open = ~(vi)0;
      EACH_INPUT({
        const vi here = open & (LOAD(x_ + in) == best);
        open &= ~here;
        STORE(dx + in, LOAD(dx + in) + (vf)(here & (vi)gradient));
      })
    });
  })
}

// 0 x, 2 y.
KERNEL(avgPool) {
  const i32 channels = I(6);
  const float *x_ = F(0);
  float *y_ = F(2);
  EACH_OUTPUT({
    const float count = (float)((s.yEnd - s.yBegin) * (s.xEnd - s.xBegin));
    EACH_VECTOR(channels, {
      vf sum = 0;
      EACH_INPUT({ sum += LOAD(x_ + in); })
      STORE(y_ + out, sum / count);
    });
  })
}

// 1 dy, 2 gradient of x. 18: whether padding counts in the average, as tfjs's gradient has it.
KERNEL(avgPoolGrad) {
  const i32 channels = I(6);
  const float *dy = F(1);
  float *dx = F(2);
  zeroFloats(dx, I(3) * I(4) * I(5) * channels);
  EACH_OUTPUT({
    const float count = (float)((s.yEnd - s.yBegin) * (s.xEnd - s.xBegin));
    EACH_VECTOR(channels, {
      const vf share = LOAD(dy + out) / count;
      EACH_INPUT({ STORE(dx + in, LOAD(dx + in) + share); })
    });
  })
}
