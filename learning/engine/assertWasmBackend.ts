import { BaseError } from "../../protocol/BaseError.ts";
import type { Engine } from "./Engine.ts";

/** @throws BaseError `ENGINE_BACKEND` unless WebAssembly is the selected backend. */
export function assertWasmBackend(engine: Pick<Engine, "getBackend">): void {
  const backend = engine.getBackend();
  if (backend !== "wasm") {
    throw new BaseError("ENGINE_BACKEND", "TensorFlow.js does not run on its WebAssembly backend.", {
      details: `The selected backend is "${backend}"; it is slower and rounds differently.`,
      next: "Run npm ci to restore @tensorflow/tfjs-backend-wasm, and select no other backend in this thread.",
    });
  }
}
