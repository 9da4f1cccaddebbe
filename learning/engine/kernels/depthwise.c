#include "simd.h"

// Arguments of all three: 3 batch, 4 height, 5 width, 6 channels, 7 outHeight, 8 outWidth,
// 9 multiplier, 10 filterHeight, 11 filterWidth, 12 strideY, 13 strideX, 14 top, 15 left,
// 16 dilationY, 17 dilationX. Output channel c · multiplier + q reads input channel c;
// filters are [filterHeight, filterWidth, channels, multiplier].
#define EACH_TAP(body)                                                                    \
  for (i32 image = 0; image < I(3); image++)                                              \
    for (i32 outY = 0; outY < I(7); outY++)                                               \
      for (i32 outX = 0; outX < I(8); outX++) {                                           \
        const sptr out = ((sptr)(image * I(7) + outY) * I(8) + outX) * outChannels;       \
        for (i32 tapY = 0; tapY < I(10); tapY++) {                                        \
          const i32 y = outY * I(12) - I(14) + tapY * I(16);                              \
          if (y < 0 || y >= I(4)) continue;                                               \
          for (i32 tapX = 0; tapX < I(11); tapX++) {                                      \
            const i32 x = outX * I(13) - I(15) + tapX * I(17);                            \
            if (x < 0 || x >= I(5)) continue;                                             \
            const sptr in = ((sptr)(image * I(4) + y) * I(5) + x) * channels;             \
            const sptr tap = (sptr)(tapY * I(11) + tapX) * outChannels;                   \
            body                                                                          \
          }                                                                               \
        }                                                                                 \
      }

INLINE void accumulate(float *restrict to, const float *restrict x, const float *restrict y, i32 n) {
  EACH_VECTOR(n, { STORE(to, LOAD(to) + LOAD(x) * LOAD(y)); });
}

// 0 x, 1 filter, 2 y.
KERNEL(depthwiseConv2d) {
  const i32 channels = I(6), multiplier = I(9), outChannels = channels * multiplier;
  const float *image_ = F(0), *filter = F(1);
  float *y_ = F(2);
  zeroFloats(y_, I(3) * I(7) * I(8) * outChannels);
  EACH_TAP({
    if (multiplier == 1) accumulate(y_ + out, image_ + in, filter + tap, channels);
    else
      for (i32 c = 0; c < outChannels; c++) y_[out + c] += image_[in + c / multiplier] * filter[tap + c];
  })
}

// 0 dy, 1 filter, 2 gradient of the input.
KERNEL(depthwiseConv2dBackpropInput) {
  const i32 channels = I(6), multiplier = I(9), outChannels = channels * multiplier;
  const float *dy = F(0), *filter = F(1);
  float *dx = F(2);
  zeroFloats(dx, I(3) * I(4) * I(5) * channels);
  EACH_TAP({
    if (multiplier == 1) accumulate(dx + in, dy + out, filter + tap, channels);
    else
      for (i32 c = 0; c < outChannels; c++) dx[in + c / multiplier] += dy[out + c] * filter[tap + c];
  })
}

// 0 x, 1 dy, 2 gradient of the filter.
KERNEL(depthwiseConv2dBackpropFilter) {
  const i32 channels = I(6), multiplier = I(9), outChannels = channels * multiplier;
  const float *image_ = F(0), *dy = F(1);
  float *gradient = F(2);
  zeroFloats(gradient, I(10) * I(11) * outChannels);
  EACH_TAP({
    if (multiplier == 1) accumulate(gradient + tap, image_ + in, dy + out, channels);
    else
      for (i32 c = 0; c < outChannels; c++) gradient[tap + c] += image_[in + c / multiplier] * dy[out + c];
  })
}
