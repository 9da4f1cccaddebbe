import { readFile } from "node:fs/promises";
import type { Engine } from "../../../../learning/engine/Engine.ts";
import { KernelPack } from "../../../../learning/engine/KernelPack.ts";
import {
  loadAddon,
  type NativeLevel,
  nativeLevels,
  nativeRunner,
} from "../../../../learning/engine/nativeRunner.ts";
import type { WasmBackend } from "../../../../learning/engine/WasmBackend.ts";
import { wasmRunner } from "../../../../learning/engine/wasmRunner.ts";

const WASM = new URL("../../../../learning/engine/kernels/pack.wasm", import.meta.url);

/** The pack in WebAssembly, and at each level of a class that this processor has, on one engine's heap. */
export async function packsOf(
  engine: Engine,
  mode: "strict" | "fast",
): Promise<Map<"wasm" | NativeLevel, KernelPack>> {
  const backend = engine.backend() as unknown as WasmBackend;
  const packs = new Map<"wasm" | NativeLevel, KernelPack>();
  if (mode === "strict") {
    const module = await WebAssembly.compile(await readFile(WASM));
    packs.set("wasm", new KernelPack(backend, (memory, stackTop) => wasmRunner(module, memory, stackTop)));
  }
  const addon = loadAddon();
  if (addon === undefined) return packs;
  for (const level of nativeLevels(addon, mode)) {
    packs.set(level, new KernelPack(backend, (memory) => nativeRunner(addon, level, memory)));
  }
  return packs;
}
