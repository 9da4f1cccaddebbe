// Vectors of VL floats and what a kernel is. Strictness rests on three rules that
// all kernels keep: a vector runs over independent outputs, never over the terms
// of one sum; the terms of a sum are added in a fixed order; and the compiler
// neither fuses nor reorders (-ffp-contract=off, no -ffast-math). So 4, 8 and 16
// lanes, WebAssembly and native code give the same bits.
#ifndef FRESHET_SIMD_H
#define FRESHET_SIMD_H

typedef unsigned char u8;
typedef int i32;
typedef unsigned int u32;
typedef long sptr;

#ifndef VL
#define VL 4
#endif

typedef float vf __attribute__((ext_vector_type(VL)));
typedef i32 vi __attribute__((ext_vector_type(VL)));
typedef float vfu __attribute__((ext_vector_type(VL), aligned(4)));

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))

// A kernel gets the heap and 64 words of arguments on it: 48 integers (offsets of
// tensors are bytes from the heap's start), then 16 floats. Scratch memory follows.
#define ARGUMENT_WORDS 64
#ifdef __wasm__
#define KERNEL(name) \
  __attribute__((export_name(#name))) void name(u8 *heap, const i32 *a)
#else
#define KERNEL(name) static void name(u8 *heap, const i32 *a)
#endif
#define F(index) ((float *)(heap + (u32)a[index]))
#define I(index) (a[index])
#define S(index) (((const float *)a)[48 + (index)])
#define SCRATCH ((float *)(a + ARGUMENT_WORDS))

INLINE vf load(const float *p) { return *(const vfu *)p; }
INLINE void store(float *p, vf v) { *(vfu *)p = v; }
INLINE vf choose(vi mask, vf yes, vf no) { return (vf)((mask & (vi)yes) | (~mask & (vi)no)); }
// max(0, v); keeps NaN, which must show in the loss.
INLINE vf rectified(vf v) { return (vf)((vi)v & ~(v <= 0)); }
INLINE i32 least(i32 x, i32 y) { return x < y ? x : y; }

// The first n < VL floats; the other lanes are 0.
INLINE vf loadPart(const float *p, i32 n) {
  vf v = 0;
  for (i32 lane = 0; lane < VL; lane++)
    if (lane < n) v[lane] = p[lane];
  return v;
}
INLINE void storePart(float *p, vf v, i32 n) {
  for (i32 lane = 0; lane < VL; lane++)
    if (lane < n) p[lane] = v[lane];
}

INLINE void copyFloats(float *to, const float *from, i32 n) {
  i32 i = 0;
  for (; i + VL <= n; i += VL) store(to + i, load(from + i));
  for (; i < n; i++) to[i] = from[i];
}
INLINE void zeroFloats(float *to, i32 n) {
  i32 i = 0;
  for (; i + VL <= n; i += VL) store(to + i, (vf)0.0f);
  for (; i < n; i++) to[i] = 0;
}

// Runs the body on vectors v of count floats at offset i; the last may be a part.
#define EACH_VECTOR(count, ...)                             \
  do {                                                      \
    i32 i = 0;                                              \
    const i32 total = (count);                              \
    for (; i + VL <= total; i += VL) {                      \
      const i32 part = VL;                                  \
      __VA_ARGS__                                           \
    }                                                       \
    if (i < total) {                                        \
      const i32 part = total - i;                           \
      __VA_ARGS__                                           \
    }                                                       \
  } while (0)
#define LOAD(p) (part == VL ? load((p) + i) : loadPart((p) + i, part))
#define STORE(p, v)                                         \
  do {                                                      \
    if (part == VL) store((p) + i, (v));                    \
    else storePart((p) + i, (v), part);                     \
  } while (0)

#endif
