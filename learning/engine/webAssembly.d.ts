// The part of the WebAssembly JavaScript interface that the engine uses: TypeScript
// has it only among the browser's types.
declare namespace WebAssembly {
  class Module {
    private constructor();
  }
  class Memory {
    /** @param size - Pages of 64 KiB. */
    constructor(size: { readonly initial: number; readonly maximum: number });
    /** Replaced, and the old one detached, when the memory grows. */
    readonly buffer: ArrayBuffer;
  }
  interface Global {
    value: number;
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
}
