/** The kernel pack's numeric classes by how they round, with the pack's version. */
export const NUMERIC_CLASSES = { strict: "strict/1", fast: "fast/1" } as const;

/**
 * How an engine rounds. `strict/1`: no fused multiply-add and one fixed order of
 * every sum; WebAssembly and native code on any machine give the same bits.
 * `fast/1`: fused multiply-adds, native code only. `tfjs-node`: TensorFlow's own
 * kernels, whose bits depend on the machine. The number is the version of the
 * kernel pack: it changes when any kernel's bits do. Results of different classes
 * are never compared by digest.
 */
export type NumericClass = (typeof NUMERIC_CLASSES)[keyof typeof NUMERIC_CLASSES] | "tfjs-node";
