#include "gemm.h"

// a, b, bias or 0, c, batch, m, n, k, transposeA, transposeB, stride of a, of b, relu.
// a [batch, m, k] and b [batch, k, n], or transposed; the strides between their
// matrices are 0 when one matrix serves the whole batch. c [batch, m, n].
KERNEL(matMul) {
  const i32 m = I(5), n = I(6), k = I(7), transposeA = I(8), transposeB = I(9);
  for (i32 batch = 0; batch < I(4); batch++) {
    const Matrix left = {F(0) + (sptr)batch * I(10), transposeA ? m : k};
    const Matrix right = {F(1) + (sptr)batch * I(11), transposeB ? k : n};
    const Gemm product = {
        .m = m, .n = n, .k = k,
        .packA = transposeA ? denseByColumns : denseByRows, .a = &left, .aByColumns = transposeA,
        .packB = transposeB ? packDenseTransposed : packDense, .b = &right,
        .c = F(3) + (sptr)batch * m * n, .ldc = n,
        .bias = I(2) ? F(2) : 0, .relu = I(12), .scratch = SCRATCH,
    };
    gemm(&product);
  }
}
