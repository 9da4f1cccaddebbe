/** What computes the pack's kernels: the WebAssembly module or the native addon. */
export interface KernelRunner {
  /** Runs a kernel on the arguments at this offset of the heap. */
  run(kernel: string, argumentsOffset: number): void;
}

/** Starts a runner on a memory, with a stack there that ends at `stackTop`. */
export type StartRunner = (memory: WebAssembly.Memory, stackTop: number) => KernelRunner;
