import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { type EngineOptions, startEngine } from "../../../../../learning/engine/startEngine.ts";
import { encodeCheckpoint } from "../../../../../learning/reinforcement/checkpoint.ts";
import type { LearnerName } from "../../../../../mechanisms/twin-migration/learning/PolicyOptions.ts";
import { smallTraining } from "./smallTraining.ts";

// A thread with an engine of its own: posts the digest of what a learner comes to.

const { engine: options, learner } = workerData as { engine: EngineOptions; learner: LearnerName };
const training = smallTraining(await startEngine(options), learner);
while (!training.done) training.next();
const bytes = encodeCheckpoint(training, { name: learner, options: {} });
parentPort!.postMessage(createHash("sha256").update(bytes).digest("hex").slice(0, 16));
