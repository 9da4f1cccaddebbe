import { BaseError } from "../../protocol/BaseError.ts";
import type { Engine } from "./Engine.ts";
import type { KernelPack } from "./KernelPack.ts";

const packs = new WeakMap<object, KernelPack>();

/** The kernel pack of a started engine. @throws BaseError `ENGINE_BACKEND` when it has none. */
export function packOf(engine: Engine): KernelPack {
  const pack = packs.get(engine.backend());
  if (pack === undefined) {
    throw new BaseError("ENGINE_BACKEND", "This TensorFlow.js has no kernel pack.", {
      details: `Its backend is "${engine.getBackend()}".`,
      next: "Start the engine with startEngine, and select no other backend in this thread.",
    });
  }
  return pack;
}

/** Remembers the pack of a backend. */
export function setPack(engine: Engine, pack: KernelPack): void {
  packs.set(engine.backend(), pack);
}
