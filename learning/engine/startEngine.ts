import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { BaseError } from "../../protocol/BaseError.ts";
import { assertWasmBackend } from "./assertWasmBackend.ts";
import type { Engine } from "./Engine.ts";
import { KernelPack } from "./KernelPack.ts";
import type { StartRunner } from "./KernelRunner.ts";
import type { NumericClass } from "./NumericClass.ts";
import { loadAddon, type NativeLevel, nativeLevels, nativeRunner } from "./nativeRunner.ts";
import { setPack } from "./packOf.ts";
import { registerKernels } from "./registerKernels.ts";
import { selfTest } from "./selfTest.ts";
import type { WasmBackend } from "./WasmBackend.ts";
import { wasmRunner } from "./wasmRunner.ts";

/** How an engine is to compute. */
export interface EngineOptions {
  /** `strict` (the default) gives the same bits everywhere; see {@link NumericClass}. */
  readonly numericClass?: "strict" | "fast" | "tfjs-node";
  /** Whether to use the native addon: where it runs (the default), never, or else fail. */
  readonly native?: "auto" | "off" | "required";
}

/** What a started engine computes with. */
export interface EngineState {
  readonly numericClass: NumericClass;
  /** The native pack's instruction set; undefined for WebAssembly. */
  readonly level: NativeLevel | undefined;
}

let starting: Promise<Engine> | undefined;
let key: string | undefined;
let state: EngineState | undefined;

/**
 * Starts TensorFlow.js with the kernel pack in this thread; one engine a thread.
 * TensorFlow.js would otherwise fall back to plain JavaScript without a word,
 * which is slow and rounds differently. A first computation is compared with its
 * known result.
 *
 * @throws BaseError `ENGINE_BACKEND` when another backend is or becomes the selected
 * one, `ENGINE_SIMD` when this Node has no WebAssembly SIMD, `ENGINE_NATIVE` when
 * the addon or a processor for it is needed and missing, `ENGINE_SELF_TEST` when
 * this machine computes other bits, `ENGINE_STARTED` when this thread's engine was
 * started with other options.
 *
 * @example
 * const engine = await startEngine({ numericClass: "strict" });
 * engine.tidy(() => engine.matMul(a, b).dataSync());
 */
export async function startEngine(options?: EngineOptions): Promise<Engine> {
  const { numericClass = "strict", native = "auto" } = options ?? {};
  const wanted = `${numericClass} ${native}`;
  if (starting !== undefined && options !== undefined && wanted !== key) {
    throw new BaseError("ENGINE_STARTED", `This thread's engine was started as ${key}, not ${wanted}.`, {
      next: "Start one engine a thread: other options need another thread.",
    });
  }
  if (starting === undefined) key = wanted;
  starting ??= numericClass === "tfjs-node" ? startTfjsNode() : startPack(numericClass, native);
  const engine = await starting;
  if (state!.numericClass !== "tfjs-node") assertWasmBackend(engine);
  return engine;
}

/** What this thread's engine computes with, once started. */
export function engineState(): EngineState | undefined {
  return state;
}

async function startPack(mode: "strict" | "fast", native: "auto" | "off" | "required"): Promise<Engine> {
  const { runner, level } = await chooseRunner(mode, native);
  const engine = await import("@tensorflow/tfjs-core");
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
  assertWasmBackend(engine);
  const pack = new KernelPack(engine.backend() as unknown as WasmBackend, runner);
  registerKernels(pack);
  setPack(engine, pack);
  selfTest(engine, `${mode}/1`);
  state = { numericClass: `${mode}/1`, level };
  return engine;
}

async function chooseRunner(
  mode: "strict" | "fast",
  native: "auto" | "off" | "required",
): Promise<{ runner: StartRunner; level: NativeLevel | undefined }> {
  const addon = native === "off" ? undefined : loadAddon();
  const level = addon === undefined ? undefined : nativeLevels(addon, mode).at(-1);
  if (addon !== undefined && level !== undefined) {
    return { runner: (memory) => nativeRunner(addon, level, memory), level };
  }
  if (native === "required" || mode === "fast") {
    throw new BaseError("ENGINE_NATIVE", "The native kernel pack does not run here.", {
      details: `Class ${mode} with native ${native} needs Linux on x64${mode === "fast" ? " with AVX2 and FMA" : ""}.`,
      next: 'Use numeric class "strict" with native "auto": WebAssembly gives the same bits.',
    });
  }
  const bytes = await readFile(new URL("./kernels/pack.wasm", import.meta.url));
  const module = await WebAssembly.compile(bytes);
  return { runner: (memory, stackTop) => wasmRunner(module, memory, stackTop), level: undefined };
}

/** `@tensorflow/tfjs-node`, which the user installs beside Freshet. */
async function startTfjsNode(): Promise<Engine> {
  const name = "@tensorflow/tfjs-node";
  try {
    const engine = (await import(name)) as Engine;
    await engine.ready();
    state = { numericClass: "tfjs-node", level: undefined };
    return engine;
  } catch (cause) {
    throw new BaseError("ENGINE_TFJS_NODE", "@tensorflow/tfjs-node cannot be loaded.", {
      details: (cause as Error).message.split("\n")[0]!,
      next: 'Install it beside Freshet, or use numeric class "strict".',
      cause,
    });
  }
}
