// The kernels by name, for the addon's tables; WebAssembly exports them by name.
#ifndef FRESHET_KERNELS_H
#define FRESHET_KERNELS_H
#include "simd.h"

typedef void (*Kernel)(u8 *heap, const i32 *a);

#define EACH_KERNEL(do)                                                                        \
  do(matMul) do(conv2d) do(conv2dBackpropInput) do(conv2dBackpropFilter)                       \
  do(depthwiseConv2d) do(depthwiseConv2dBackpropInput) do(depthwiseConv2dBackpropFilter)       \
  do(maxPool) do(maxPoolGrad) do(avgPool) do(avgPoolGrad)                                      \
  do(exponential) do(sigmoid) do(hyperbolicTangent) do(relu) do(reluGrad) do(addRelu)          \
  do(softmax) do(softmaxCrossEntropy) do(biasGrad) do(batchNormTrain) do(batchNormGrad)        \
  do(unsortedSegmentSum) do(gruCell) do(gruCellGrad) do(mlp) do(mlpGrad)                       \
  do(product) do(sparseProduct) do(sparseDots) do(moveTowards) do(peak) do(sgdStep)            \
  do(adamStep) do(subtract) do(largestBits) do(addSteps)

#define KERNEL_NAME(name) #name,
static const char *const kernelNames[] = {EACH_KERNEL(KERNEL_NAME) 0};

extern const Kernel kernels_sse2[], kernels_avx2[], kernels_avx512[];
extern const Kernel kernels_fast_avx2[], kernels_fast_avx512[];

#endif
