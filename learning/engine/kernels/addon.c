// The native form of the kernel pack for Node on linux-x64: the same C source compiled
// once an instruction set, chosen at run time.
#include "kernels.h"
#include "nodeApi.h"

typedef struct {
  const char *name;
  const Kernel *kernels;
  int (*supported)(void);
} Level;

static void cpuid(u32 leaf, u32 r[4]) {
  __asm__("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(0));
}
// Whether the operating system keeps these registers: XCR0's bits 1 and 2 are SSE and AVX, 5–7 AVX-512.
static int keeps(u32 bits) {
  u32 r[4], low, high;
  cpuid(1, r);
  if (!(r[2] >> 27 & 1)) return 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & bits) == bits;
}
static int leaf7(int bit) {
  u32 r[4];
  cpuid(0, r);
  if (r[0] < 7) return 0;
  cpuid(7, r);
  return r[1] >> bit & 1;
}
static int fma(void) {
  u32 r[4];
  cpuid(1, r);
  return r[2] >> 12 & 1;
}
static int always(void) { return 1; }
static int avx2(void) { return leaf7(5) && leaf7(3) && leaf7(8) && keeps(0x06); }
static int avx512(void) { return avx2() && leaf7(16) && keeps(0xe6); }
static int avx2Fma(void) { return avx2() && fma(); }
static int avx512Fma(void) { return avx512() && fma(); }

static const Level levels[] = {
    {"strict-sse2", kernels_sse2, always},
    {"strict-avx2", kernels_avx2, avx2},
    {"strict-avx512", kernels_avx512, avx512},
    {"fast-avx2", kernels_fast_avx2, avx2Fma},
    {"fast-avx512", kernels_fast_avx512, avx512Fma},
};
#define LEVELS (sizeof levels / sizeof levels[0])

// run(heap: ArrayBuffer, level: number, kernel: number, argumentsOffset: number)
static napi_value run(napi_env env, napi_callback_info info) {
  size_t count = 4, length;
  napi_value values[4], nothing;
  void *heap;
  uint32_t level, kernel, offset;
  napi_get_cb_info(env, info, &count, values, 0, 0);
  napi_get_undefined(env, &nothing);
  if (count < 4 || napi_get_arraybuffer_info(env, values[0], &heap, &length) != 0) return nothing;
  napi_get_value_uint32(env, values[1], &level);
  napi_get_value_uint32(env, values[2], &kernel);
  napi_get_value_uint32(env, values[3], &offset);
  levels[level].kernels[kernel](heap, (const i32 *)((u8 *)heap + offset));
  return nothing;
}

static napi_value text(napi_env env, const char *characters) {
  napi_value value;
  napi_create_string_utf8(env, characters, NAPI_AUTO_LENGTH, &value);
  return value;
}

// exports: run; kernels, their names by number; levels, their names by number, "" where this
// processor lacks the instructions.
__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value function, names, levelNames;
  napi_create_function(env, "run", NAPI_AUTO_LENGTH, run, 0, &function);
  napi_set_named_property(env, exports, "run", function);
  napi_create_array(env, &names);
  for (uint32_t i = 0; kernelNames[i]; i++) napi_set_element(env, names, i, text(env, kernelNames[i]));
  napi_set_named_property(env, exports, "kernels", names);
  napi_create_array(env, &levelNames);
  for (uint32_t i = 0; i < LEVELS; i++)
    napi_set_element(env, levelNames, i, text(env, levels[i].supported() ? levels[i].name : ""));
  napi_set_named_property(env, exports, "levels", levelNames);
  return exports;
}
__attribute__((visibility("default"))) int32_t node_api_module_get_api_version_v1(void) { return 8; }
