import { createRequire } from "node:module";
import { BaseError } from "../../protocol/BaseError.ts";
import type { KernelRunner } from "./KernelRunner.ts";

/** An instruction set of the native pack: what it computes with, not what it computes. */
export type NativeLevel = "strict-sse2" | "strict-avx2" | "strict-avx512" | "fast-avx2" | "fast-avx512";

interface Addon {
  run(heap: ArrayBuffer, level: number, kernel: number, argumentsOffset: number): void;
  readonly kernels: readonly string[];
  /** "" where this processor lacks the instructions. */
  readonly levels: readonly (NativeLevel | "")[];
}

/** The prebuilt addon, or undefined where none runs. */
export function loadAddon(): Addon | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  try {
    return createRequire(import.meta.url)("./kernels/linux-x64.node") as Addon;
  } catch {
    return undefined;
  }
}

/** The levels of a numeric class that this processor has, widest last. */
export function nativeLevels(addon: Addon, mode: "strict" | "fast"): readonly NativeLevel[] {
  return addon.levels.filter((level) => level !== "" && level.startsWith(mode)) as NativeLevel[];
}

/**
 * The native pack on a WebAssembly memory.
 *
 * @throws BaseError `ENGINE_NATIVE` when this processor lacks the level.
 */
export function nativeRunner(addon: Addon, level: NativeLevel, memory: WebAssembly.Memory): KernelRunner {
  const levelNumber = addon.levels.indexOf(level);
  if (levelNumber < 0) {
    throw new BaseError("ENGINE_NATIVE", `This processor cannot run the kernel pack's ${level}.`, {
      next: 'Start the engine with native "auto" or "off".',
    });
  }
  const numbers = new Map(addon.kernels.map((kernel, number) => [kernel, number]));
  return {
    run: (kernel, argumentsOffset) =>
      addon.run(memory.buffer, levelNumber, numbers.get(kernel)!, argumentsOffset),
  };
}
