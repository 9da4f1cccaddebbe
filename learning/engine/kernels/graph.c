#include "gemm.h"

// What networks over graphs need besides: products that go on from sums, and sparse matrices in compressed rows: the
// entries of row r are those from starts[r] to starts[r + 1], each with a column and a weight.

// 0 a, 1 b, 2 bias or 0, 3 c, 4 m, 5 n, 6 k, 7 transposeA, 8 transposeB, 9 resume, 10 relu:
// c (+)= a b, then the bias and max(0, ·).
KERNEL(product) {
  const i32 m = I(4), n = I(5), k = I(6), transposeA = I(7), transposeB = I(8);
  const Matrix left = {F(0), transposeA ? m : k};
  const Matrix right = {F(1), transposeB ? k : n};
  gemm(&(Gemm){
      .m = m, .n = n, .k = k,
      .packA = transposeA ? denseByColumns : denseByRows, .a = &left, .aByColumns = transposeA,
      .packB = transposeB ? packDenseTransposed : packDense, .b = &right,
      .c = F(3), .ldc = n, .bias = I(2) ? F(2) : 0, .resume = I(9), .relu = I(10), .scratch = SCRATCH,
  });
}

// 0 starts [rows + 1], 1 columns, 2 weights or 0 for ones, 3 x [·, width], 4 y [rows, width], 5 rows, 6 width, 7 resume,
// 8 relu; float 0 factor: y (+)= factor Σ weight x[column], entries in their order; then max(0, ·).
KERNEL(sparseProduct) {
  const i32 *starts = (const i32 *)F(0), *columns = (const i32 *)F(1);
  // Not a pointer that may be null: WebAssembly's heap begins at 0, and the compiler then takes the wrong branch.
  const float *weights = F(2), *x = F(3);
  const i32 weighted = I(2), width = I(6), resume = I(7), relu = I(8);
  const float factor = S(0);
  for (i32 row = 0; row < I(5); row++) {
    float *y = F(4) + (sptr)row * width;
    const i32 first = starts[row], end = starts[row + 1];
    EACH_VECTOR(width, {
      vf sum = 0;
      for (i32 e = first; e < end; e++) {
        const vf v = LOAD(x + (sptr)columns[e] * width);
        if (weighted) sum += weights[e] * v;
        else sum += v;
      }
      sum *= factor;
      if (resume) sum += LOAD(y);
      STORE(y, relu ? rectified(sum) : sum);
    });
  }
}

// 0 starts [rows + 1], 1 columns, 2 x [rows, width], 3 y [·, width], 4 dots, 5 rows, 6 width, 7 resume; float 0 factor:
// dots[e] (+)= factor x[row] · y[column]. A dot is 16 sums whatever the width of a vector, added up from first to last.
KERNEL(sparseDots) {
  const i32 *starts = (const i32 *)F(0), *columns = (const i32 *)F(1);
  float *dots = F(4);
  const i32 width = I(6), resume = I(7);
  const float factor = S(0);
  for (i32 row = 0; row < I(5); row++) {
    const float *x = F(2) + (sptr)row * width;
    for (i32 e = starts[row]; e < starts[row + 1]; e++) {
      const float *y = F(3) + (sptr)columns[e] * width;
      vf sums[16 / VL];
      for (i32 j = 0; j < 16 / VL; j++) sums[j] = 0;
      i32 at = 0;
      for (; at + 16 <= width; at += 16)
        for (i32 j = 0; j < 16 / VL; j++) sums[j] += load(x + at + j * VL) * load(y + at + j * VL);
      for (i32 j = 0; at < width; j++, at += VL) {
        const i32 part = least(VL, width - at);
        sums[j] += loadPart(x + at, part) * loadPart(y + at, part);
      }
      float total = 0;
      for (i32 j = 0; j < 16 / VL; j++)
        for (i32 lane = 0; lane < VL; lane++) total += sums[j][lane];
      dots[e] = resume ? dots[e] + factor * total : factor * total;
    }
  }
}

// 0 slow, 1 fast, 2 count; float 0 share: slow ← share fast + (1 − share) slow.
KERNEL(moveTowards) {
  float *slow = F(0);
  const float *fast = F(1);
  const float share = S(0);
  EACH_VECTOR(I(2), { STORE(slow, share * LOAD(fast) + (1.0f - share) * LOAD(slow)); });
}
