// The image of a convolution as a matrix of one row an output pixel and one column
// a (tap, channel), of which gemm packs the block it needs straight from the image.
#ifndef FRESHET_IM2COL_H
#define FRESHET_IM2COL_H
#include "gemm.h"

typedef struct {
  const float *x;               // [batch, height, width, channels]
  i32 height, width, channels;
  i32 taps, tapsAcross;         // rows and columns of the window
  i32 outHeight, outWidth;
  i32 strideY, strideX;
  i32 top, left;                // padding; negative skips
  i32 dilationY, dilationX;
} Window;

// Columns [p0, p0 + kc) of row `pixel`, whose window begins at image row y0, column x0.
INLINE void windowRow(const Window *s, const float *image, i32 y0, i32 x0, i32 p0, i32 kc, float *to) {
  const i32 channels = s->channels;
  const i32 across = s->tapsAcross * channels;
  i32 p = p0;
  const i32 end = p0 + kc;
  while (p < end) {
    const i32 tapY = p / across;
    const i32 rowEnd = least(end, (tapY + 1) * across);
    const i32 y = y0 + tapY * s->dilationY;
    if (y < 0 || y >= s->height) {
      zeroFloats(to, rowEnd - p);
      to += rowEnd - p;
      p = rowEnd;
      continue;
    }
    const float *line = image + (sptr)y * s->width * channels;
    i32 q = p - tapY * across;
    const i32 qEnd = rowEnd - tapY * across;
    if (s->dilationX == 1) {
      // The taps of a line are neighbours in memory: before, in and after the image.
      const i32 begin = x0 * channels;
      i32 inside = least(qEnd, -begin);
      if (inside > q) {
        zeroFloats(to, inside - q);
        to += inside - q;
        q = inside;
      }
      inside = least(qEnd, s->width * channels - begin);
      if (inside > q) {
        copyFloats(to, line + begin + q, inside - q);
        to += inside - q;
        q = inside;
      }
      if (qEnd > q) {
        zeroFloats(to, qEnd - q);
        to += qEnd - q;
      }
    } else {
      while (q < qEnd) {
        const i32 tapX = q / channels;
        const i32 stop = least(qEnd, (tapX + 1) * channels);
        const i32 x = x0 + tapX * s->dilationX;
        if (x < 0 || x >= s->width) zeroFloats(to, stop - q);
        else copyFloats(to, line + (sptr)x * channels + q - tapX * channels, stop - q);
        to += stop - q;
        q = stop;
      }
    }
    p = rowEnd;
  }
}

INLINE void windowRows(const Window *s, i32 i0, i32 rows, i32 p0, i32 kc, float *to, sptr stride) {
  const i32 pixels = s->outHeight * s->outWidth;
  i32 image = i0 / pixels;
  i32 y = (i0 - image * pixels) / s->outWidth;
  i32 x = i0 - image * pixels - y * s->outWidth;
  for (i32 i = 0; i < rows; i++) {
    windowRow(s, s->x + (sptr)image * s->height * s->width * s->channels, y * s->strideY - s->top,
              x * s->strideX - s->left, p0, kc, to + i * stride);
    if (++x == s->outWidth) {
      x = 0;
      if (++y == s->outHeight) y = 0, image++;
    }
  }
}

static Block windowsByRows(const void *source, i32 i0, i32 mc, i32 p0, i32 kc, float *to) {
  windowRows(source, i0, mc, p0, kc, to, A_STRIDE);
  return (Block){to, A_STRIDE};
}
// The transpose: rows are (tap, channel), columns pixels.
static Block windowsByColumns(const void *source, i32 i0, i32 mc, i32 p0, i32 kc, float *to) {
  windowRows(source, p0, kc, i0, mc, to, 112);
  return (Block){to, 112};
}
#endif
