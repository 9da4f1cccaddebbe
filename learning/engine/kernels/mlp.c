#include "gemm.h"
#include "elementary.h"

// Perceptrons of `layers` dense layers with tanh between them, whole. The parameters of a layer are its weights
// [inputs, outputs], then its biases [outputs]; layers lie one after the other, in the parameters as in their
// gradient. Activations are [rows, outputs] of each layer, one after the other.

// 0 parameters, 1 x, 2 activations, 3 rows, 4 layers, 5 … widths of the input and of each layer.
KERNEL(mlp) {
  const float *weights = F(0), *x = F(1);
  float *y = F(2);
  const i32 rows = I(3), layers = I(4);
  for (i32 layer = 0; layer < layers; layer++) {
    const i32 inputs = I(5 + layer), outputs = I(6 + layer);
    const Matrix left = {x, inputs};
    const Matrix right = {weights, outputs};
    gemm(&(Gemm){
        .m = rows, .n = outputs, .k = inputs, .packA = denseByRows, .a = &left, .packB = packDense, .b = &right,
        .c = y, .ldc = outputs, .bias = weights + inputs * outputs, .scratch = SCRATCH,
    });
    if (layer + 1 < layers) EACH_VECTOR(rows * outputs, { STORE(y, vectorTanh(LOAD(y))); });
    weights += (inputs + 1) * outputs;
    x = y;
    y += rows * outputs;
  }
}

// 0 parameters, 1 x, 2 activations of mlp, 3 deltas, 4 gradient, 5 rows, 6 layers, 7 … widths as above. Deltas are the
// loss by each layer's sums, laid out as the activations: the last layer's are given, the others written.
KERNEL(mlpGrad) {
  const i32 rows = I(5), layers = I(6);
  const float *weights = F(0), *activations = F(2);
  float *deltas = F(3), *gradient = F(4);
  for (i32 layer = 0; layer < layers; layer++) {
    weights += (I(7 + layer) + 1) * I(8 + layer);
    gradient += (I(7 + layer) + 1) * I(8 + layer);
    activations += rows * I(8 + layer);
    deltas += rows * I(8 + layer);
  }
  for (i32 layer = layers - 1; layer >= 0; layer--) {
    const i32 inputs = I(7 + layer), outputs = I(8 + layer);
    weights -= (inputs + 1) * outputs;
    gradient -= (inputs + 1) * outputs;
    activations -= rows * outputs;
    deltas -= rows * outputs;
    const float *const x = layer ? activations - rows * inputs : F(1);
    const Matrix left = {x, inputs};
    const Matrix delta = {deltas, outputs};
    gemm(&(Gemm){
        .m = inputs, .n = outputs, .k = rows, .packA = denseByColumns, .a = &left, .aByColumns = 1,
        .packB = packDense, .b = &delta, .c = gradient, .ldc = outputs, .scratch = SCRATCH,
    });
    float *const biases = gradient + inputs * outputs;
    zeroFloats(biases, outputs);
    for (i32 row = 0; row < rows; row++) {
      const float *const byRow = deltas + row * outputs;
      EACH_VECTOR(outputs, { STORE(biases, LOAD(biases) + LOAD(byRow)); });
    }
    if (layer == 0) break;
    float *const byInput = deltas - rows * inputs;
    const Matrix right = {weights, outputs};
    gemm(&(Gemm){
        .m = rows, .n = inputs, .k = outputs, .packA = denseByRows, .a = &delta,
        .packB = packDenseTransposed, .b = &right, .c = byInput, .ldc = inputs, .scratch = SCRATCH,
    });
    EACH_VECTOR(rows * inputs, {
      const vf y = LOAD(x);
      STORE(byInput, LOAD(byInput) * (1.0f - y * y));
    });
  }
}
