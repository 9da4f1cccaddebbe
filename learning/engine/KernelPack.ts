import type { TensorInfo } from "@tensorflow/tfjs-core";
import { HeapFloats } from "./HeapFloats.ts";
import { HeapIntegers } from "./HeapIntegers.ts";
import type { KernelRunner, StartRunner } from "./KernelRunner.ts";
import { KernelWorkspace } from "./KernelWorkspace.ts";
import type { WasmBackend } from "./WasmBackend.ts";

/** 48 integers, then 16 floats: `ARGUMENT_WORDS` of kernels/simd.h. */
const ARGUMENT_WORDS = 64;
const FIRST_FLOAT = 48;
/** The shadow stack of the WebAssembly module, bytes. */
const STACK_BYTES = 64 * 1024;
/** Bytes of scratch memory every kernel may use: `GEMM_SCRATCH` of kernels/gemm.h, and a margin. */
export const GEMM_SCRATCH_BYTES = 1024 * 1024;

/**
 * The kernel pack on tfjs's heap: finds tensors, keeps the arguments and the
 * scratch memory, and has a runner (WebAssembly or native code) compute. Nothing
 * is copied: kernels read and write tfjs's own tensors.
 */
export class KernelPack {
  readonly backend: WasmBackend;
  readonly #memory: WebAssembly.Memory;
  readonly #startRunner: StartRunner;
  readonly #runner: KernelRunner;
  #arguments = 0;
  #workspace = 0;
  #scratchBytes = 0;
  #integers = new Int32Array(0);
  #floats = new Float32Array(0);

  constructor(backend: WasmBackend, startRunner: StartRunner) {
    this.backend = backend;
    this.#startRunner = startRunner;
    this.#memory = Object.values(backend.wasm.asm).find((part) => part instanceof WebAssembly.Memory)!;
    const stack = backend.wasm._malloc(STACK_BYTES) >>> 0;
    this.#reserve(GEMM_SCRATCH_BYTES);
    this.#runner = startRunner(this.#memory, (stack + STACK_BYTES) & -16);
  }

  /** How large tfjs's heap has grown; it never shrinks. */
  get heapBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Where a tensor's elements begin, in bytes from the heap's start. */
  offset(tensor: TensorInfo): number {
    return this.backend.dataIdMap.get(tensor.dataId).memoryOffset;
  }

  /** Copies a float32 tensor's elements; `dataSync` would take new memory for them. */
  read(tensor: TensorInfo, into: Float32Array): void {
    into.set(new Float32Array(this.#memory.buffer, this.offset(tensor), into.length));
  }

  /** Memory of its own, off tfjs's heap, for arrays that kernels compute on. */
  workspace(bytes: number): KernelWorkspace {
    return new KernelWorkspace(this.#startRunner, bytes);
  }

  /** A new float32 tensor; its elements are not set. */
  output(shape: readonly number[]): TensorInfo {
    return this.backend.makeOutput(shape, "float32");
  }

  /** Room for float32 numbers that kernels and JavaScript both work on in place, all 0. */
  floats(length: number): HeapFloats {
    return new HeapFloats(this.backend.wasm, this.#memory, length);
  }

  /** Room for 32-bit integers, all 0. */
  integers(length: number): HeapIntegers {
    return new HeapIntegers(this.floats(length));
  }

  /** Runs a kernel; what the integers and floats mean stands beside each kernel in kernels/*.c. */
  run(
    kernel: string,
    integers: readonly number[],
    floats: readonly number[] = [],
    scratchBytes: number = GEMM_SCRATCH_BYTES,
  ): void {
    if (scratchBytes > this.#scratchBytes) this.#reserve(scratchBytes);
    // tfjs's heap has grown: the old buffer is detached.
    if (this.#integers.buffer !== this.#memory.buffer) this.#view();
    for (let index = 0; index < integers.length; index++) this.#integers[index] = integers[index]!;
    for (let index = 0; index < floats.length; index++) this.#floats[index] = floats[index]!;
    this.#runner.run(kernel, this.#arguments);
  }

  #reserve(scratchBytes: number): void {
    if (this.#workspace !== 0) this.backend.wasm._free(this.#workspace);
    this.#workspace = this.backend.wasm._malloc(64 + 4 * ARGUMENT_WORDS + scratchBytes) >>> 0;
    this.#arguments = Math.ceil(this.#workspace / 64) * 64;
    this.#scratchBytes = scratchBytes;
    this.#view();
  }

  #view(): void {
    const { buffer } = this.#memory;
    this.#integers = new Int32Array(buffer, this.#arguments, FIRST_FLOAT);
    this.#floats = new Float32Array(buffer, this.#arguments + 4 * FIRST_FLOAT, ARGUMENT_WORDS - FIRST_FLOAT);
  }
}
