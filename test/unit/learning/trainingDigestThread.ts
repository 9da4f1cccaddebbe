import { parentPort, workerData } from "node:worker_threads";
import { type EngineOptions, startEngine } from "../../../learning/engine/startEngine.ts";
import type { BaseError } from "../../../protocol/BaseError.ts";
import { TRAINING_CASES, trainCase } from "./trainingCases.ts";

// A thread with an engine of its own: posts the digest of every case, or the code
// of the error why it has no such engine.

const answer = await startEngine(workerData as EngineOptions).then(
  (engine) => TRAINING_CASES.map((of) => trainCase(engine, of)),
  (error: BaseError) => error.code,
);
parentPort!.postMessage(answer);
