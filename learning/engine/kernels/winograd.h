// Convolutions of 3 × 3 at stride 1 by Winograd's F(2 × 2, 3 × 3) (Lavin and Gray 2016):
// 16 products of matrices on transformed tiles do the work of 36. The gradient by the
// input is a convolution with the filter turned round; the gradient by the filter is the
// transpose of the same linear map: dg = Gᵀ [Σ (Bᵀ d B) ⊙ (A dy Aᵀ)] G. Every sum has a fixed
// order, over channels or over tiles; the rounding errors stay within some 2× of the direct form.
//
// y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A with
// Bᵀ = 1 0 −1 0 | 0 1 1 0 | 0 −1 1 0 | 0 1 0 −1,  G = 1 0 0 | ½ ½ ½ | ½ −½ ½ | 0 0 1,
// Aᵀ = 1 1 1 0 | 0 1 −1 −1.
#ifndef FRESHET_WINOGRAD_H
#define FRESHET_WINOGRAD_H
#include "gemm.h"

// Tiles a block, forward and for the filter's gradient; WINOGRAD_TILES in registrations/conv2d.ts.
#define TILES 96
#define FILTER_TILES 192

typedef struct {
  const float *x;  // [batch, height, width, channels]
  i32 batch, height, width, channels;
  i32 outHeight, outWidth, outChannels;
  i32 top, left;
} Images;

INLINE i32 paddedColumns(i32 n) { return (n + NR - 1) / NR * NR; }

// The tile of y at [2 row, 2 row + 2) × [2 column, 2 column + 2) of an image.
typedef struct {
  i32 image, row, column;
} Tile;
INLINE Tile tileAt(const Images *s, i32 number) {
  const i32 across = (s->outWidth + 1) / 2, down = (s->outHeight + 1) / 2;
  const i32 image = number / (across * down);
  const i32 rest = number - image * across * down;
  return (Tile){image, rest / across, rest % across};
}
INLINE i32 tilesOf(const Images *s) { return s->batch * ((s->outWidth + 1) / 2) * ((s->outHeight + 1) / 2); }

// Bᵀ d B of tiles [first, first + count) into v[16][count][channels]; zero has channels zeros.
NOINLINE void transformInput(const Images *s, i32 first, i32 count, float *v, const float *zero) {
  const i32 channels = s->channels;
  const sptr plane = (sptr)count * channels;
  for (i32 t = 0; t < count; t++) {
    const Tile tile = tileAt(s, first + t);
    const float *pixel[16];
    for (i32 i = 0; i < 16; i++) {
      const i32 y = 2 * tile.row - s->top + i / 4, x = 2 * tile.column - s->left + i % 4;
      pixel[i] = y < 0 || y >= s->height || x < 0 || x >= s->width
                     ? zero
                     : s->x + ((sptr)(tile.image * s->height + y) * s->width + x) * channels;
    }
    float *to = v + (sptr)t * channels;
    EACH_VECTOR(channels, {
      vf d[16];
      for (i32 c = 0; c < 4; c++) {
        const vf d0 = LOAD(pixel[c]), d1 = LOAD(pixel[4 + c]), d2 = LOAD(pixel[8 + c]), d3 = LOAD(pixel[12 + c]);
        d[c] = d0 - d2;
        d[4 + c] = d1 + d2;
        d[8 + c] = d2 - d1;
        d[12 + c] = d1 - d3;
      }
      for (i32 r = 0; r < 16; r += 4) {
        STORE(to + (r + 0) * plane, d[r] - d[r + 2]);
        STORE(to + (r + 1) * plane, d[r + 1] + d[r + 2]);
        STORE(to + (r + 2) * plane, d[r + 2] - d[r + 1]);
        STORE(to + (r + 3) * plane, d[r + 1] - d[r + 3]);
      }
    });
  }
}

// G g Gᵀ of a filter [3, 3, channels, outChannels] into panels for gemm, 16 of channels × outChannels.
NOINLINE void transformFilter(const float *filter, i32 channels, i32 outChannels, float *panels) {
  const sptr plane = (sptr)channels * paddedColumns(outChannels);
  const sptr tap = (sptr)channels * outChannels;
  for (i32 j = 0; j < outChannels; j += NR) {
    const i32 width = outChannels - j <= VL ? VL : NR;
    for (i32 k = 0; k < channels; k++) {
      const float *from = filter + (sptr)k * outChannels + j;
      float *to = panelAt(panels, channels, outChannels, k, j);
      for (i32 i = 0; i < width; i += VL) {
        const i32 part = least(VL, outChannels - j - i);
        vf g[12];
        for (i32 c = 0; c < 3; c++) {
          vf g0 = 0, g1 = 0, g2 = 0;
          if (part == VL) {
            g0 = load(from + c * tap + i);
            g1 = load(from + (3 + c) * tap + i);
            g2 = load(from + (6 + c) * tap + i);
          } else if (part > 0) {
            g0 = loadPart(from + c * tap + i, part);
            g1 = loadPart(from + (3 + c) * tap + i, part);
            g2 = loadPart(from + (6 + c) * tap + i, part);
          }
          const vf sum = g0 + g2;
          g[c] = g0;
          g[3 + c] = (sum + g1) * 0.5f;
          g[6 + c] = (sum - g1) * 0.5f;
          g[9 + c] = g2;
        }
        for (i32 r = 0; r < 4; r++) {
          const vf g0 = g[3 * r], g1 = g[3 * r + 1], g2 = g[3 * r + 2];
          const vf sum = g0 + g2;
          store(to + (4 * r + 0) * plane + i, g0);
          store(to + (4 * r + 1) * plane + i, (sum + g1) * 0.5f);
          store(to + (4 * r + 2) * plane + i, (sum - g1) * 0.5f);
          store(to + (4 * r + 3) * plane + i, g2);
        }
      }
    }
  }
}

// Aᵀ m A of m[16][count][outChannels], plus bias, then ReLU, into the pixels of y.
NOINLINE void transformOutput(const Images *s, i32 first, i32 count, const float *m, float *y, const float *bias,
                              i32 relu) {
  const i32 channels = s->outChannels;
  const sptr plane = (sptr)count * channels;
  for (i32 t = 0; t < count; t++) {
    const Tile tile = tileAt(s, first + t);
    const float *from = m + (sptr)t * channels;
    float *to = y + ((sptr)(tile.image * s->outHeight + 2 * tile.row) * s->outWidth + 2 * tile.column) * channels;
    const sptr line = (sptr)s->outWidth * channels;
    const i32 right = 2 * tile.column + 1 < s->outWidth, below = 2 * tile.row + 1 < s->outHeight;
    EACH_VECTOR(channels, {
      vf u[8];
      for (i32 c = 0; c < 4; c++) {
        const vf m0 = LOAD(from + c * plane), m1 = LOAD(from + (4 + c) * plane);
        const vf m2 = LOAD(from + (8 + c) * plane), m3 = LOAD(from + (12 + c) * plane);
        u[c] = m0 + m1 + m2;
        u[4 + c] = m1 - m2 - m3;
      }
      vf out[4] = {u[0] + u[1] + u[2], u[1] - u[2] - u[3], u[4] + u[5] + u[6], u[5] - u[6] - u[7]};
      if (bias) {
        const vf b = LOAD(bias);
        for (i32 o = 0; o < 4; o++) out[o] += b;
      }
      if (relu) {
        for (i32 o = 0; o < 4; o++) out[o] = rectified(out[o]);
      }
      STORE(to, out[0]);
      if (right) STORE(to + channels, out[1]);
      if (below) STORE(to + line, out[2]);
      if (right && below) STORE(to + line + channels, out[3]);
    });
  }
}

// A dy Aᵀ of tiles of dy [batch, outHeight, outWidth, outChannels] into z[16][count][outChannels].
NOINLINE void transformGradient(const Images *s, const float *dy, i32 first, i32 count, float *z,
                                const float *zero) {
  const i32 channels = s->outChannels;
  const sptr plane = (sptr)count * channels;
  for (i32 t = 0; t < count; t++) {
    const Tile tile = tileAt(s, first + t);
    const float *pixel[4];
    for (i32 i = 0; i < 4; i++) {
      const i32 y = 2 * tile.row + i / 2, x = 2 * tile.column + i % 2;
      pixel[i] = y >= s->outHeight || x >= s->outWidth
                     ? zero
                     : dy + ((sptr)(tile.image * s->outHeight + y) * s->outWidth + x) * channels;
    }
    float *to = z + (sptr)t * channels;
    EACH_VECTOR(channels, {
      const vf d0 = LOAD(pixel[0]), d1 = LOAD(pixel[1]), d2 = LOAD(pixel[2]), d3 = LOAD(pixel[3]);
      const vf left[4] = {d0, d0 + d2, d0 - d2, -d2};
      const vf right[4] = {d1, d1 + d3, d1 - d3, -d3};
      for (i32 r = 0; r < 4; r++) {
        STORE(to + (4 * r + 0) * plane, left[r]);
        STORE(to + (4 * r + 1) * plane, left[r] + right[r]);
        STORE(to + (4 * r + 2) * plane, left[r] - right[r]);
        STORE(to + (4 * r + 3) * plane, -right[r]);
      }
    });
  }
}

// Gᵀ s G of sums[16][channels · outChannels] into the gradient [3, 3, channels, outChannels].
NOINLINE void transformFilterGradient(const float *sums, i32 count, float *gradient) {
  EACH_VECTOR(count, {
    vf h[12];
    for (i32 c = 0; c < 4; c++) {
      const vf s0 = LOAD(sums + (sptr)c * count), s1 = LOAD(sums + (sptr)(4 + c) * count);
      const vf s2 = LOAD(sums + (sptr)(8 + c) * count), s3 = LOAD(sums + (sptr)(12 + c) * count);
      const vf plus = (s1 + s2) * 0.5f;
      h[c] = s0 + plus;
      h[4 + c] = (s1 - s2) * 0.5f;
      h[8 + c] = plus + s3;
    }
    for (i32 r = 0; r < 3; r++) {
      const vf plus = (h[4 * r + 1] + h[4 * r + 2]) * 0.5f;
      STORE(gradient + (sptr)(3 * r + 0) * count, h[4 * r] + plus);
      STORE(gradient + (sptr)(3 * r + 1) * count, (h[4 * r + 1] - h[4 * r + 2]) * 0.5f);
      STORE(gradient + (sptr)(3 * r + 2) * count, plus + h[4 * r + 3]);
    }
  });
}

// y of images and a filter [3, 3, channels, outChannels].
NOINLINE void winograd(const Images *s, const float *filter, float *y, const float *bias, i32 relu, float *scratch) {
  const i32 k = s->channels, n = s->outChannels, tiles = tilesOf(s);
  float *const panels = scratch + GEMM_SCRATCH;
  float *const zero = panels + (sptr)16 * k * paddedColumns(n);
  float *const v = zero + k + 16;
  float *const m = v + (sptr)16 * TILES * k;
  zeroFloats(zero, k);
  transformFilter(filter, k, n, panels);
  for (i32 first = 0; first < tiles; first += TILES) {
    const i32 count = least(TILES, tiles - first);
    transformInput(s, first, count, v, zero);
    for (i32 e = 0; e < 16; e++) {
      const Matrix left = {v + (sptr)e * count * k, k};
      const Gemm product = {
          .m = count, .n = n, .k = k, .packA = denseByRows, .a = &left,
          .panels = panels + (sptr)e * k * paddedColumns(n),
          .c = m + (sptr)e * count * n, .ldc = n, .scratch = scratch,
      };
      gemm(&product);
    }
    transformOutput(s, first, count, m, y, bias, relu);
  }
}

// The gradient by the filter [3, 3, channels, outChannels] of images and dy.
NOINLINE void winogradFilter(const Images *s, const float *dy, float *gradient, float *scratch) {
  const i32 channels = s->channels, n = s->outChannels, tiles = tilesOf(s);
  float *const zero = scratch + GEMM_SCRATCH;
  float *const v = zero + (channels > n ? channels : n) + 16;
  float *const z = v + (sptr)16 * FILTER_TILES * channels;
  float *const sums = z + (sptr)16 * FILTER_TILES * n;
  zeroFloats(zero, channels > n ? channels : n);
  for (i32 first = 0; first < tiles; first += FILTER_TILES) {
    const i32 count = least(FILTER_TILES, tiles - first);
    transformInput(s, first, count, v, zero);
    transformGradient(s, dy, first, count, z, zero);
    for (i32 e = 0; e < 16; e++) {
      const Matrix left = {v + (sptr)e * count * channels, channels};
      const Matrix right = {z + (sptr)e * count * n, n};
      const Gemm product = {
          .m = channels, .n = n, .k = count, .packA = denseByColumns, .a = &left, .aByColumns = 1,
          .packB = packDense, .b = &right, .c = sums + (sptr)e * channels * n, .ldc = n,
          .resume = first > 0, .scratch = scratch,
      };
      gemm(&product);
    }
  }
  transformFilterGradient(sums, channels * n, gradient);
}
#endif
