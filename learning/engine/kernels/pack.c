// The kernel pack as one unit: WebAssembly once, native code once an instruction set.
#include "matMul.c"
#include "conv2d.c"
#include "depthwise.c"
#include "pool.c"
#include "elementwise.c"
#include "softmax.c"
#include "batchNorm.c"
#include "gru.c"
#include "mlp.c"
#include "graph.c"
#include "segmentSum.c"
#include "optimizers.c"
#include "update.c"

#ifndef __wasm__
#include "kernels.h"
#define KERNEL_ENTRY(name) name,
const Kernel TABLE[] = {EACH_KERNEL(KERNEL_ENTRY)};
#endif
