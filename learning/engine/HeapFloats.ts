import type { WasmBackend } from "./WasmBackend.ts";

/**
 * float32 numbers on the engine's heap that kernels and JavaScript both read and
 * write in place: what is small and changes often needs no tensor for each step.
 */
export class HeapFloats {
  /** Bytes from the heap's start, as kernels take it. */
  readonly offset: number;
  readonly length: number;
  readonly #wasm: Pick<WasmBackend["wasm"], "_malloc" | "_free">;
  readonly #memory: WebAssembly.Memory;
  readonly #block: number;
  #values: Float32Array;

  constructor(
    wasm: Pick<WasmBackend["wasm"], "_malloc" | "_free">,
    memory: WebAssembly.Memory,
    length: number,
  ) {
    this.#wasm = wasm;
    this.#memory = memory;
    this.#block = wasm._malloc(4 * length + 64) >>> 0;
    this.offset = Math.ceil(this.#block / 64) * 64;
    this.length = length;
    this.#values = new Float32Array(memory.buffer, this.offset, length).fill(0);
  }

  /** The numbers themselves. Ask anew after anything that may make the heap grow: the old view is empty then. */
  get values(): Float32Array {
    if (this.#values.buffer !== this.#memory.buffer) {
      this.#values = new Float32Array(this.#memory.buffer, this.offset, this.length);
    }
    return this.#values;
  }

  /** Gives the room back; nothing may use it afterwards. */
  dispose(): void {
    this.#wasm._free(this.#block);
  }
}
