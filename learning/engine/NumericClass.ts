/**
 * How an engine rounds. `strict/1`: no fused multiply-add and one fixed order of
 * every sum; WebAssembly and native code on any machine give the same bits.
 * `fast/1`: fused multiply-adds, native code only. `tfjs-node`: TensorFlow's own
 * kernels, whose bits depend on the machine. The number is the version of the
 * kernel pack: it changes when any kernel's bits do. Results of different classes
 * are never compared by digest.
 */
export type NumericClass = "strict/1" | "fast/1" | "tfjs-node";
