import type { KernelRunner } from "./KernelRunner.ts";

/**
 * The pack's WebAssembly module, on another module's memory. It has no data of its
 * own, so it needs only a stack there.
 */
export function wasmRunner(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  stackTop: number,
): KernelRunner {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  (exports.__stack_pointer as WebAssembly.Global).value = stackTop;
  const kernels = exports as Readonly<Record<string, (heap: number, argumentsOffset: number) => void>>;
  return { run: (kernel, argumentsOffset) => kernels[kernel]!(0, argumentsOffset) };
}
