import type { KernelRunner, StartRunner } from "./KernelRunner.ts";

const PAGE_BYTES = 64 * 1024;
/** The WebAssembly module takes no smaller memory: its compiler's default stack. */
const LEAST_PAGES = 16;
/** The shadow stack of the WebAssembly module. */
const STACK_BYTES = PAGE_BYTES;
/** Integers of a call and what follows them: `ARGUMENT_WORDS` of kernels/simd.h. */
const ARGUMENT_BYTES = 4 * 64;
/** Arrays begin at whole lines of the processor's cache. */
const LINE_BYTES = 64;

/**
 * Arrays in memory of their own, on which kernels compute as they do on tfjs's heap. That heap grows, and empties all
 * views of it; this memory never does, so its arrays are like any others, and last. Only for kernels without scratch
 * memory.
 */
export class KernelWorkspace {
  readonly #memory: WebAssembly.Memory;
  readonly #runner: KernelRunner;
  readonly #arguments: Int32Array;
  #end = STACK_BYTES;

  /** @param bytes - Room for arrays, each with up to 63 bytes around it. */
  constructor(startRunner: StartRunner, bytes: number) {
    const pages = Math.ceil((STACK_BYTES + ARGUMENT_BYTES + bytes) / PAGE_BYTES);
    const size = Math.max(LEAST_PAGES, pages);
    this.#memory = new WebAssembly.Memory({ initial: size, maximum: size });
    this.#runner = startRunner(this.#memory, STACK_BYTES);
    this.#arguments = new Int32Array(this.#memory.buffer, this.#take(ARGUMENT_BYTES), ARGUMENT_BYTES / 4);
  }

  /** New float32 numbers, all 0. Throws RangeError when there is no more room, as the others do. */
  floats(length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#memory.buffer, this.#take(4 * length), length);
  }

  /** New 32-bit integers, all 0. */
  integers(length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#memory.buffer, this.#take(4 * length), length);
  }

  /** New float64 numbers, all 0. */
  doubles(length: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.#memory.buffer, this.#take(8 * length), length);
  }

  /** New bytes, all 0. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#memory.buffer, this.#take(length), length);
  }

  /** Whether arrays are all here, and so can be given to {@link run}. */
  holds(...arrays: readonly ArrayBufferView[]): boolean {
    return arrays.every(({ buffer }) => buffer === this.#memory.buffer);
  }

  /** Runs a kernel; its arguments, in their order, are numbers and where arrays of this memory begin. */
  run(kernel: string, parameters: readonly (number | ArrayBufferView)[]): void {
    for (const [index, parameter] of parameters.entries()) {
      this.#arguments[index] = typeof parameter === "number" ? parameter : parameter.byteOffset;
    }
    this.#runner.run(kernel, this.#arguments.byteOffset);
  }

  #take(bytes: number): number {
    const begin = this.#end;
    this.#end = begin + Math.ceil(bytes / LINE_BYTES) * LINE_BYTES;
    return begin;
  }
}
