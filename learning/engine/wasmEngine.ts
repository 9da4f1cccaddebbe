import type { Engine } from "./Engine.ts";
import { startEngine } from "./startEngine.ts";

export { assertWasmBackend } from "./assertWasmBackend.ts";

/** The engine's earlier name. */
export type WasmEngine = Engine;

/** Starts the engine, or gives the one started. */
export const startWasmEngine = (): Promise<Engine> => startEngine();
