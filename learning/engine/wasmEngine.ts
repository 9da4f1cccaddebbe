import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { BaseError } from "../../protocol/BaseError.ts";
import { KernelPack } from "./KernelPack.ts";
import { setPack } from "./packOf.ts";
import { registerKernels } from "./registerKernels.ts";
import type { WasmBackend } from "./WasmBackend.ts";
import { wasmRunner } from "./wasmRunner.ts";

/** TensorFlow.js, running on its WebAssembly backend. */
export type WasmEngine = typeof import("@tensorflow/tfjs");

let starting: Promise<WasmEngine> | undefined;

/**
 * Starts TensorFlow.js on its WebAssembly backend with SIMD in this thread; one
 * engine a thread. TensorFlow.js would otherwise fall back to plain JavaScript
 * without a word, which is slow and rounds differently.
 *
 * @throws BaseError `ENGINE_BACKEND` when another backend is or becomes the
 * selected one, `ENGINE_SIMD` when this Node has no WebAssembly SIMD.
 *
 * @example
 * const engine = await startWasmEngine();
 * engine.tidy(() => engine.matMul(a, b).dataSync());
 */
export async function startWasmEngine(): Promise<WasmEngine> {
  starting ??= start();
  const engine = await starting;
  assertWasmBackend(engine);
  return engine;
}

/** @throws BaseError `ENGINE_BACKEND` unless WebAssembly is the selected backend. */
export function assertWasmBackend(engine: Pick<WasmEngine, "getBackend">): void {
  const backend = engine.getBackend();
  if (backend !== "wasm") {
    throw new BaseError("ENGINE_BACKEND", "TensorFlow.js does not run on its WebAssembly backend.", {
      details: `The selected backend is "${backend}"; it is slower and rounds differently.`,
      next: "Run npm ci to restore @tensorflow/tfjs-backend-wasm, and select no other backend in this thread.",
    });
  }
}

async function start(): Promise<WasmEngine> {
  const engine = await import("@tensorflow/tfjs");
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  const entry = fileURLToPath(import.meta.resolve("@tensorflow/tfjs-backend-wasm"));
  setWasmPaths(`${dirname(entry)}/`);
  if (!(await engine.env().getAsync("WASM_HAS_SIMD_SUPPORT"))) {
    throw new BaseError("ENGINE_SIMD", "This Node has no WebAssembly SIMD.", {
      next: "Use Node 22 or newer on a processor with SIMD.",
    });
  }
  await engine.setBackend("wasm");
  await engine.ready();
  const module = await WebAssembly.compile(await readFile(new URL("./kernels/pack.wasm", import.meta.url)));
  const backend = engine.backend() as unknown as WasmBackend;
  const pack = new KernelPack(backend, (memory, stackTop) => wasmRunner(module, memory, stackTop));
  registerKernels(pack);
  setPack(engine, pack);
  return engine;
}
