import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { type EngineOptions, startEngine } from "../../../../learning/engine/startEngine.ts";
import { encodeCheckpoint } from "../../../../learning/reinforcement/checkpoint.ts";
import { Mddr } from "../../../../learning/reinforcement/learners/mddr.ts";
import { ContextGame } from "./ContextGame.ts";

// A thread with an engine of its own: posts the digest of what a learner comes to.

const engine = await startEngine(workerData as EngineOptions);
const learner = new Mddr(engine, [new ContextGame(), new ContextGame()], { seed: 5 });
for (let update = 0; update < 4; update++) learner.learn();
const bytes = encodeCheckpoint(learner, { name: "mddr", options: {} });
parentPort!.postMessage(createHash("sha256").update(bytes).digest("hex").slice(0, 16));
