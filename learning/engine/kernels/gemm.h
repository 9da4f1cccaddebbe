// C[m, n] = A[m, k] · B[k, n] (+ bias[n], then ReLU), after Goto and van de Geijn
// 2008: blocks of A and B are packed into scratch memory so that a register tile of
// C is computed from memory in cache. Each element of C is one accumulator to which
// a·b is added for k = 0, 1, …: its bits do not depend on the blocking.
#ifndef FRESHET_GEMM_H
#define FRESHET_GEMM_H
#include "simd.h"

// A register tile is MR rows by NV vectors.
#if VL == 16
#define MR 8
#elif VL == 8
#define MR 6
#else
#define MR 4
#endif
#define NV 2
#define NR (NV * VL)

// A block of A is MC × KC, of B KC × NC; sized for an L2 cache of 1 MB.
#define MC 96
#define KC 256
#define NC 512
#define A_STRIDE 272
#define A_FLOATS (KC * 112 > MC * A_STRIDE ? KC * 112 : MC * A_STRIDE)
#define TILE_FLOATS (8 * 32)
// Floats of scratch memory that gemm needs; GEMM_SCRATCH_BYTES in KernelPack.ts.
#define GEMM_SCRATCH (A_FLOATS + KC * (NC + 32) + TILE_FLOATS + 64)

// Element (i, p) of a block of A is at[i * stride + p] by rows, at[p * stride + i] by columns.
typedef struct {
  const float *at;
  sptr stride;
} Block;

typedef struct Gemm Gemm;
struct Gemm {
  i32 m, n, k;
  // Gives rows [i0, i0 + mc) of columns [p0, p0 + kc), in place or packed into `to`.
  Block (*packA)(const void *source, i32 i0, i32 mc, i32 p0, i32 kc, float *to);
  const void *a;
  i32 aByColumns;
  // Packs rows [p0, p0 + kc) of columns [j0, j0 + w) as kc rows of `width` ≥ w floats.
  void (*packB)(const void *source, i32 p0, i32 kc, i32 j0, i32 w, i32 width, float *to);
  const void *b;
  // B packed beforehand, instead of packB: for each NR columns, k rows; see panelAt.
  const float *panels;
  float *c;
  sptr ldc;
  const float *bias;
  i32 relu;
  // Whether C holds sums to go on from rather than nothing.
  i32 resume;
  float *scratch;
};

// Loads at a constant distance from a pointer. For WebAssembly the instruction is
// spelled out: LLVM would compute an address for each load, which costs a third.
#ifdef __wasm__
#define LOAD_AT(v, p, floats) \
  __asm__ volatile("local.get %1\n\tv128.load %2\n\tlocal.set %0" : "=r"(v) : "r"(p), "i"((floats) * 4))
#define SPLAT_AT(v, p, floats) \
  __asm__ volatile("local.get %1\n\tv128.load32_splat %2\n\tlocal.set %0" : "=r"(v) : "r"(p), "i"((floats) * 4))
#define KEEP(x) __asm__ volatile("" : "+r"(x))
#else
#define LOAD_AT(v, p, floats) v = *(const vf *)((p) + (floats))
#define SPLAT_AT(v, p, floats) v = (vf)(p)[floats]
#define KEEP(x)
#endif

// One step of k for a register tile. Sums are kept apart from step to step: the compiler
// would otherwise gather the loads of many steps, for which there are no registers.
#define TILE_STEP(p, pointer, at)                                               \
  {                                                                             \
    vf bv[NV];                                                                  \
    _Pragma("unroll") for (i32 j = 0; j < nv; j++) LOAD_AT(bv[j], b, ((p) * nv + j) * VL); \
    _Pragma("unroll") for (i32 i = 0; i < mr; i++) {                            \
      vf av;                                                                    \
      SPLAT_AT(av, pointer, at);                                                \
      _Pragma("unroll") for (i32 j = 0; j < nv; j++) {                          \
        acc[i][j] += av * bv[j];                                                \
        KEEP(acc[i][j]);                                                        \
      }                                                                         \
    }                                                                           \
  }

// The columns of A that a tile walks over: `segments` runs of k, `jump` floats apart.
typedef struct {
  i32 segments, k;
  sptr jump;
} Walk;

// A tile of mr rows by nv vectors of C. By rows, row i of A begins at a + offsets[i]; by columns,
// column p of A is mr floats at a + p * as.
INLINE void tile(const i32 mr, const i32 nv, const i32 byColumns, Walk walk, const float *a, const i32 *offsets,
                 sptr as, const float *b, float *c, sptr ldc, i32 resume, const float *bias, i32 relu) {
  vf acc[MR][NV];
#pragma unroll
  for (i32 i = 0; i < mr; i++)
#pragma unroll
    for (i32 j = 0; j < nv; j++) acc[i][j] = resume ? load(c + i * ldc + j * VL) : (vf)0.0f;
  const float *row[MR];
#pragma unroll
  for (i32 i = 0; i < mr && !byColumns; i++) {
    row[i] = a + offsets[i];
    KEEP(row[i]);
  }
  for (i32 segment = 0; segment < walk.segments; segment++) {
    i32 k = walk.k;
    if (byColumns) {
      const float *column = a + segment * walk.jump;
      for (; k >= 4; k -= 4, b += 4 * nv * VL) {
        TILE_STEP(0, column, i)
        column += as;
        TILE_STEP(1, column, i)
        column += as;
        TILE_STEP(2, column, i)
        column += as;
        TILE_STEP(3, column, i)
        column += as;
      }
      for (; k > 0; k--, b += nv * VL, column += as) TILE_STEP(0, column, i)
    } else {
      for (; k >= 4; k -= 4, b += 4 * nv * VL) {
        TILE_STEP(0, row[i], 0)
        TILE_STEP(1, row[i], 1)
        TILE_STEP(2, row[i], 2)
        TILE_STEP(3, row[i], 3)
#pragma unroll
        for (i32 i = 0; i < mr; i++) {
          row[i] += 4;
          KEEP(row[i]);
        }
      }
      for (; k > 0; k--, b += nv * VL) {
        TILE_STEP(0, row[i], 0)
#pragma unroll
        for (i32 i = 0; i < mr; i++) row[i]++;
      }
#pragma unroll
      for (i32 i = 0; i < mr; i++) {
        row[i] += walk.jump - walk.k;
        KEEP(row[i]);
      }
    }
  }
#pragma unroll
  for (i32 i = 0; i < mr; i++)
#pragma unroll
    for (i32 j = 0; j < nv; j++) {
      vf v = acc[i][j];
      if (bias) v += load(bias + j * VL);
      if (relu) v = rectified(v);
      store(c + i * ldc + j * VL, v);
    }
}

#define TILE_CASE(rows, columns)                                                      \
  case rows:                                                                          \
    if (nv == 1) tile(rows, 1, columns, walk, a, offsets, as, b, c, ldc, resume, bias, relu); \
    else tile(rows, NV, columns, walk, a, offsets, as, b, c, ldc, resume, bias, relu); \
    break;
#if MR == 8
#define TILE_CASES(columns)                                                           \
  TILE_CASE(1, columns) TILE_CASE(2, columns) TILE_CASE(3, columns) TILE_CASE(4, columns) \
  TILE_CASE(5, columns) TILE_CASE(6, columns) TILE_CASE(7, columns) TILE_CASE(8, columns)
#elif MR == 6
#define TILE_CASES(columns)                                                           \
  TILE_CASE(1, columns) TILE_CASE(2, columns) TILE_CASE(3, columns) TILE_CASE(4, columns) \
  TILE_CASE(5, columns) TILE_CASE(6, columns)
#else
#define TILE_CASES(columns)                                                           \
  TILE_CASE(1, columns) TILE_CASE(2, columns) TILE_CASE(3, columns) TILE_CASE(4, columns)
#endif

NOINLINE void tileByRows(i32 mr, i32 nv, Walk walk, const float *a, const i32 *offsets, const float *b, float *c,
                         sptr ldc, i32 resume, const float *bias, i32 relu) {
  const sptr as = 0;
  switch (mr) { TILE_CASES(0) }
}
NOINLINE void tileByColumns(i32 mr, i32 nv, Walk walk, const float *a, sptr as, const float *b, float *c, sptr ldc,
                            i32 resume, const float *bias, i32 relu) {
  const i32 *const offsets = 0;
  switch (mr) { TILE_CASES(1) }
}

// A tile of C of w ≤ NR columns: by way of `edge`, TILE_FLOATS + NR floats, unless whole vectors.
INLINE void tileOf(i32 byColumns, i32 mr, i32 w, Walk walk, const float *a, const i32 *offsets, sptr as,
                   const float *b, float *c, sptr ldc, i32 resume, const float *bias, i32 relu, float *edge) {
  const i32 nv = w <= VL ? 1 : NV;
  const i32 whole = w == nv * VL;
  float *const to = whole ? c : edge;
  const sptr stride = whole ? ldc : NR;
  if (!whole && bias) {
    zeroFloats(edge + TILE_FLOATS, NR);
    copyFloats(edge + TILE_FLOATS, bias, w);
    bias = edge + TILE_FLOATS;
  }
  if (!whole && resume)
    for (i32 r = 0; r < mr; r++) copyFloats(edge + r * NR, c + r * ldc, w);
  if (byColumns) tileByColumns(mr, nv, walk, a, as, b, to, stride, resume, bias, relu);
  else tileByRows(mr, nv, walk, a, offsets, b, to, stride, resume, bias, relu);
  if (!whole)
    for (i32 r = 0; r < mr; r++) copyFloats(c + r * ldc, edge + r * NR, w);
}

// Where row p of the panel of columns [j, j + NR) begins in a whole B of k × n packed beforehand.
INLINE float *panelAt(const float *panels, i32 k, i32 n, i32 p, i32 j) {
  return (float *)panels + (sptr)k * j + (sptr)p * (n - j <= VL ? VL : NR);
}

NOINLINE void gemm(const Gemm *g) {
  float *const packedA = g->scratch;
  float *const packedB = packedA + A_FLOATS;
  float *const edge = packedB + KC * (NC + 32);
  i32 offsets[MC];
  for (i32 j0 = 0; j0 < g->n; j0 += NC) {
    const i32 nc = least(NC, g->n - j0);
    for (i32 p0 = 0; p0 < g->k; p0 += KC) {
      const i32 kc = least(KC, g->k - p0);
      const i32 resume = g->resume || p0 > 0;
      const i32 last = p0 + kc == g->k;
      for (i32 j = 0; j < nc && !g->panels; j += NR) {
        const i32 w = least(NR, nc - j);
        g->packB(g->b, p0, kc, j0 + j, w, w <= VL ? VL : NR, packedB + (sptr)kc * j);
      }
      for (i32 i0 = 0; i0 < g->m; i0 += MC) {
        const i32 mc = least(MC, g->m - i0);
        const Block block = g->packA(g->a, i0, mc, p0, kc, packedA);
        for (i32 i = 0; i < mc && !g->aByColumns; i++) offsets[i] = (i32)(i * block.stride);
        for (i32 j = 0; j < nc; j += NR) {
          const i32 w = least(NR, nc - j);
          const float *b =
              g->panels ? panelAt(g->panels, g->k, g->n, p0, j0 + j) : packedB + (sptr)kc * j;
          const float *bias = last && g->bias ? g->bias + j0 + j : 0;
          for (i32 i = 0; i < mc; i += MR)
            tileOf(g->aByColumns, least(MR, mc - i), w, (Walk){1, kc, 0}, block.at + (g->aByColumns ? i : 0),
                   offsets + i, block.stride, b, g->c + (sptr)(i0 + i) * g->ldc + j0 + j, g->ldc, resume, bias,
                   last && g->relu, edge);
        }
      }
    }
  }
}

// Dense operands: element (row, column) at[row * ld + column].
typedef struct {
  const float *at;
  sptr ld;
} Matrix;

static Block denseByRows(const void *source, i32 i0, i32 mc, i32 p0, i32 kc, float *to) {
  const Matrix *a = source;
  const float *from = a->at + i0 * a->ld + p0;
  // Rows a multiple of 1 KB apart would fall into the same few sets of the cache.
  if (a->ld & 255) return (Block){from, a->ld};
  for (i32 i = 0; i < mc; i++) copyFloats(to + i * A_STRIDE, from + i * a->ld, kc);
  return (Block){to, A_STRIDE};
}
// The transpose of a dense matrix: element (i, p) is at[p * ld + i].
static Block denseByColumns(const void *source, i32 i0, i32 mc, i32 p0, i32 kc, float *to) {
  const Matrix *a = source;
  for (i32 p = 0; p < kc; p++) copyFloats(to + p * 112, a->at + (p0 + p) * a->ld + i0, mc);
  return (Block){to, 112};
}
INLINE void packRow(float *to, const float *from, i32 w, i32 width) {
  copyFloats(to, from, w);
  for (i32 j = w; j < width; j++) to[j] = 0;
}
INLINE void packTransposed(float *to, const float *from, sptr ld, i32 kc, i32 w, i32 width) {
  for (i32 p = 0; p < kc; p++, from++) {
    const float *at = from;
    float *row = to + (sptr)p * width;
    i32 j = 0;
    for (; j < w; j++, at += ld) row[j] = *at;
    for (; j < width; j++) row[j] = 0;
  }
}
static void packDense(const void *source, i32 p0, i32 kc, i32 j0, i32 w, i32 width, float *to) {
  const Matrix *b = source;
  const float *from = b->at + p0 * b->ld + j0;
  if (w == NR) {
    for (i32 p = 0; p < kc; p++, from += b->ld, to += NR)
      for (i32 j = 0; j < NR; j += VL) store(to + j, load(from + j));
  } else {
    for (i32 p = 0; p < kc; p++, from += b->ld, to += width) packRow(to, from, w, width);
  }
}
static void packDenseTransposed(const void *source, i32 p0, i32 kc, i32 j0, i32 w, i32 width, float *to) {
  const Matrix *b = source;
  packTransposed(to, b->at + j0 * b->ld + p0, b->ld, kc, w, width);
}
#endif
