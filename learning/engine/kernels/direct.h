// Convolutions straight from the image, without im2col: an image with its padding is
// small enough to stay in cache, and the taps of a window's line are neighbours in it.
// The sums are those of im2col.h, term by term, so which of the two runs does not show
// in the bits. Measured in WebAssembly on 5 × 5 convolutions of 28 × 28 × 1 and
// 14 × 14 × 16 images, this is 2 and 1.2 times as fast as packing blocks of im2col,
// which stays for filters or images that overflow the cache (docs/learning-engine.md).
#ifndef FRESHET_DIRECT_H
#define FRESHET_DIRECT_H
#include "im2col.h"

// A filter's panel and a padded image, in floats: what level 1 and 2 caches hold.
#define DIRECT_PANEL (16 * 1024)
#define DIRECT_IMAGE (64 * 1024)

typedef struct {
  i32 height, width;  // of the padded image
  sptr line;          // floats from line to line
} Padded;

INLINE Padded paddedOf(const Window *s) {
  const i32 height = (s->outHeight - 1) * s->strideY + s->taps;
  const i32 width = (s->outWidth - 1) * s->strideX + s->tapsAcross;
  return (Padded){height, width, (sptr)width * s->channels};
}

INLINE i32 isDirect(const Window *s) {
  const Padded padded = paddedOf(s);
  return s->dilationY == 1 && s->dilationX == 1 && s->taps * s->tapsAcross * s->channels * NR <= DIRECT_PANEL &&
         padded.height * padded.line <= DIRECT_IMAGE && s->outHeight * s->outWidth <= DIRECT_IMAGE / 8;
}
INLINE void padImage(const Window *s, Padded padded, const float *image, float *to) {
  const i32 begin = s->left > 0 ? s->left : 0;
  const i32 end = least(s->width + s->left, padded.width);
  for (i32 y = 0; y < padded.height; y++) {
    const i32 from = y - s->top;
    float *line = to + y * padded.line;
    if (from < 0 || from >= s->height || end <= begin) {
      zeroFloats(line, (i32)padded.line);
      continue;
    }
    zeroFloats(line, begin * s->channels);
    copyFloats(line + begin * s->channels, image + ((sptr)from * s->width + begin - s->left) * s->channels,
               (end - begin) * s->channels);
    zeroFloats(line + end * s->channels, (padded.width - end) * s->channels);
  }
}

// y [batch, outHeight, outWidth, n] from the windows and a B packed by packB.
NOINLINE void directForward(const Window *s, i32 batch, i32 n,
                            void (*packB)(const void *, i32, i32, i32, i32, i32, float *), const void *b, float *y,
                            const float *bias, i32 relu, float *scratch) {
  const Padded padded = paddedOf(s);
  const i32 segment = s->tapsAcross * s->channels, k = s->taps * segment, pixels = s->outHeight * s->outWidth;
  float *const edge = scratch, *const image = scratch + GEMM_SCRATCH;
  i32 *const offsets = (i32 *)(image + DIRECT_IMAGE);
  float *const panels = image + DIRECT_IMAGE + DIRECT_IMAGE / 8;
  for (i32 j = 0; j < n; j += NR) {
    const i32 w = least(NR, n - j);
    packB(b, 0, k, j, w, w <= VL ? VL : NR, panelAt(panels, k, n, 0, j));
  }
  for (i32 i = 0; i < pixels; i++)
    offsets[i] = (i32)(i / s->outWidth * s->strideY * padded.line) + i % s->outWidth * s->strideX * s->channels;
  for (i32 number = 0; number < batch; number++) {
    padImage(s, padded, s->x + (sptr)number * s->height * s->width * s->channels, image);
    float *const to = y + (sptr)number * pixels * n;
    for (i32 j = 0; j < n; j += NR)
      for (i32 i = 0; i < pixels; i += MR)
        tileOf(0, least(MR, pixels - i), least(NR, n - j), (Walk){s->taps, segment, padded.line}, image, offsets + i,
               0, panelAt(panels, k, n, 0, j), to + (sptr)i * n + j, n, 0, bias ? bias + j : 0, relu, edge);
  }
}

// The gradient of the filter [taps, tapsAcross, channels, n] from the windows and dy.
NOINLINE void directFilter(const Window *s, i32 batch, i32 n, const float *dy, float *gradient, float *scratch) {
  const Padded padded = paddedOf(s);
  const i32 segment = s->tapsAcross * s->channels, pixels = s->outHeight * s->outWidth;
  float *const edge = scratch, *const image = scratch + GEMM_SCRATCH, *const panel = image + DIRECT_IMAGE;
  const Walk walk = {s->outHeight, s->outWidth, s->strideY * padded.line};
  for (i32 number = 0; number < batch; number++) {
    padImage(s, padded, s->x + (sptr)number * s->height * s->width * s->channels, image);
    const Matrix right = {dy + (sptr)number * pixels * n, n};
    for (i32 j = 0; j < n; j += NR) {
      const i32 w = least(NR, n - j);
      packDense(&right, 0, pixels, j, w, w <= VL ? VL : NR, panel);
      for (i32 tapY = 0; tapY < s->taps; tapY++)
        for (i32 i = 0; i < segment; i += MR)
          tileOf(1, least(MR, segment - i), w, walk, image + tapY * padded.line + i, 0,
                 (sptr)s->strideX * s->channels, panel, gradient + (sptr)(tapY * segment + i) * n + j, n,
                 number > 0, 0, 0, edge);
    }
  }
}
#endif
