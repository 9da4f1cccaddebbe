#include "im2col.h"
#include "direct.h"
#include "winograd.h"

// Arguments of all three: 3 batch, 4 height, 5 width, 6 channels, 7 outHeight, 8 outWidth,
// 9 outChannels, 10 filterHeight, 11 filterWidth, 12 strideY, 13 strideX, 14 top, 15 left,
// 16 dilationY, 17 dilationX. Images are NHWC, filters HWIO.
#define WINDOW(image)                                                                          \
  {.x = (image), .height = I(4), .width = I(5), .channels = I(6), .taps = I(10),               \
   .tapsAcross = I(11), .outHeight = I(7), .outWidth = I(8), .strideY = I(12),                 \
   .strideX = I(13), .top = I(14), .left = I(15), .dilationY = I(16), .dilationX = I(17)}

// Which convolutions go by winograd.h; isWinograd in registrations/conv2d.ts. Part of what the
// numeric class is: the two ways round differently.
INLINE i32 isWinograd(const i32 *a) {
  return I(10) == 3 && I(11) == 3 && I(12) == 1 && I(13) == 1 && I(16) == 1 && I(17) == 1 && I(6) >= 16 &&
         I(9) >= 16;
}

// 0 x, 1 filter, 2 y, 18 bias or 0, 19 relu.
KERNEL(conv2d) {
  if (isWinograd(a)) {
    const Images images = {F(0), I(3), I(4), I(5), I(6), I(7), I(8), I(9), I(14), I(15)};
    winograd(&images, F(1), F(2), I(18) ? F(18) : 0, I(19), SCRATCH);
    return;
  }
  const Window window = WINDOW(F(0));
  const Matrix filter = {F(1), I(9)};
  if (isDirect(&window)) {
    directForward(&window, I(3), I(9), packDense, &filter, F(2), I(18) ? F(18) : 0, I(19), SCRATCH);
    return;
  }
  const Gemm product = {
      .m = I(3) * I(7) * I(8), .n = I(9), .k = I(10) * I(11) * I(6),
      .packA = windowsByRows, .a = &window, .packB = packDense, .b = &filter,
      .c = F(2), .ldc = I(9), .bias = I(18) ? F(18) : 0, .relu = I(19), .scratch = SCRATCH,
  };
  gemm(&product);
}

// 0 x, 1 dy, 2 gradient of the filter: the windows' transpose times dy.
KERNEL(conv2dBackpropFilter) {
  if (isWinograd(a)) {
    const Images images = {F(0), I(3), I(4), I(5), I(6), I(7), I(8), I(9), I(14), I(15)};
    winogradFilter(&images, F(1), F(2), SCRATCH);
    return;
  }
  const Window window = WINDOW(F(0));
  if (isDirect(&window)) {
    directFilter(&window, I(3), I(9), F(1), F(2), SCRATCH);
    return;
  }
  const Matrix dy = {F(1), I(9)};
  const Gemm product = {
      .m = I(10) * I(11) * I(6), .n = I(9), .k = I(3) * I(7) * I(8),
      .packA = windowsByColumns, .a = &window, .aByColumns = 1, .packB = packDense, .b = &dy,
      .c = F(2), .ldc = I(9), .scratch = SCRATCH,
  };
  gemm(&product);
}

// The taps of a filter that reach one phase of the input's pixels, turned round and transposed.
typedef struct {
  const float *filter;  // [filterHeight, filterWidth, channels, outChannels]
  i32 filterWidth, channels, outChannels;
  i32 firstY, firstX, strideY, strideX, across;
} Taps;

static void packTaps(const void *source, i32 p0, i32 kc, i32 j0, i32 w, i32 width, float *to) {
  const Taps *t = source;
  for (i32 p = p0; p < p0 + kc;) {
    const i32 tap = p / t->outChannels;
    const i32 channel = p - tap * t->outChannels;
    const i32 stop = least(p0 + kc, (tap + 1) * t->outChannels);
    const i32 tapY = t->firstY - tap / t->across * t->strideY;
    const i32 tapX = t->firstX - tap % t->across * t->strideX;
    const float *from =
        t->filter + ((sptr)(tapY * t->filterWidth + tapX) * t->channels + j0) * t->outChannels + channel;
    packTransposed(to + (sptr)(p - p0) * width, from, t->outChannels, stop - p, w, width);
    p = stop;
  }
}

INLINE i32 floorDivide(i32 x, i32 y) { return x >= 0 ? x / y : -((y - 1 - x) / y); }

// 0 dy, 1 filter, 2 gradient of the input. With stride s the input's pixels fall into
// s × s phases, each reached by its own taps; a phase is a convolution of stride 1 over dy.
KERNEL(conv2dBackpropInput) {
  const i32 batch = I(3), height = I(4), width = I(5), channels = I(6);
  const i32 strideY = I(12), strideX = I(13), top = I(14), left = I(15);
  float *const dx = F(2);
  if (isWinograd(a)) {
    // A convolution of dy with the filter turned round and transposed, kept after winograd's scratch.
    const Images images = {F(0), batch, I(7), I(8), I(9), height, width, channels, 2 - top, 2 - left};
    const i32 outChannels = I(9);
    float *const turned = SCRATCH + GEMM_SCRATCH + (sptr)16 * outChannels * paddedColumns(channels) +
                          outChannels + 16 + (sptr)16 * TILES * (outChannels + channels);
    for (i32 tap = 0; tap < 9; tap++)
      packTransposed(turned + (sptr)tap * outChannels * channels, F(1) + (sptr)(8 - tap) * channels * outChannels,
                     outChannels, outChannels, channels, channels);
    winograd(&images, turned, dx, 0, 0, SCRATCH);
    return;
  }
  for (i32 phaseY = 0; phaseY < strideY; phaseY++) {
    for (i32 phaseX = 0; phaseX < strideX; phaseX++) {
      const i32 rows = (height - phaseY + strideY - 1) / strideY;
      const i32 columns = (width - phaseX + strideX - 1) / strideX;
      if (rows <= 0 || columns <= 0) continue;
      // Taps first, first + stride, …; output row (phase + top − tap) / stride + a for pixel a of the phase.
      const i32 firstY = (phaseY + top) % strideY, firstX = (phaseX + left) % strideX;
      const i32 taps = firstY < I(10) ? (I(10) - firstY + strideY - 1) / strideY : 0;
      const i32 across = firstX < I(11) ? (I(11) - firstX + strideX - 1) / strideX : 0;
      const i32 dense = strideY == 1 && strideX == 1;
      float *const c = dense ? dx : SCRATCH + GEMM_SCRATCH;
      const i32 m = batch * rows * columns;
      if (taps == 0 || across == 0) {
        zeroFloats(c, m * channels);
      } else {
        const i32 lastY = firstY + (taps - 1) * strideY, lastX = firstX + (across - 1) * strideX;
        const Window window = {
            .x = F(0), .height = I(7), .width = I(8), .channels = I(9), .taps = taps, .tapsAcross = across,
            .outHeight = rows, .outWidth = columns, .strideY = 1, .strideX = 1,
            .top = -floorDivide(phaseY + top - lastY, strideY),
            .left = -floorDivide(phaseX + left - lastX, strideX), .dilationY = 1, .dilationX = 1,
        };
        const Taps filter = {F(1), I(11), channels, I(9), lastY, lastX, strideY, strideX, across};
        if (dense && isDirect(&window)) {
          directForward(&window, batch, channels, packTaps, &filter, c, 0, 0, SCRATCH);
        } else {
          const Gemm product = {
              .m = m, .n = channels, .k = taps * across * I(9),
              .packA = windowsByRows, .a = &window, .packB = packTaps, .b = &filter,
              .c = c, .ldc = channels, .scratch = SCRATCH,
          };
          gemm(&product);
        }
      }
      if (dense) continue;
      for (i32 image = 0, at = 0; image < batch; image++)
        for (i32 y = phaseY; y < height; y += strideY)
          for (i32 x = phaseX; x < width; x += strideX, at += channels)
            copyFloats(dx + ((sptr)(image * height + y) * width + x) * channels, c + at, channels);
    }
  }
}
