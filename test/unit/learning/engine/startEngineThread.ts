import { parentPort, workerData } from "node:worker_threads";
import { type EngineOptions, engineState, startEngine } from "../../../../learning/engine/startEngine.ts";
import type { BaseError } from "../../../../protocol/BaseError.ts";

// Starts an engine as told and says what it computes with, or the code of the error.

try {
  await startEngine(workerData as EngineOptions);
  const { numericClass, level } = engineState()!;
  parentPort!.postMessage({ numericClass, ...(level && { level }) });
} catch (error) {
  parentPort!.postMessage((error as BaseError).code);
}
