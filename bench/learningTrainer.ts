import { argv } from "node:process";
import { createInterface } from "node:readline";
import type { Dataset } from "../learning/datasets/Dataset.ts";
import { packOf } from "../learning/engine/packOf.ts";
import { type EngineOptions, engineState, startEngine } from "../learning/engine/startEngine.ts";
import { initialParameters } from "../learning/models/initialParameters.ts";
import { trainLocally } from "../learning/training/trainLocally.ts";
import { SeededRandom } from "../numerics/SeededRandom.ts";
import { LEARNING_NETWORKS, type NetworkName } from "./learningNetworks.ts";

// Freshet's side of the learning benchmark: a process with one engine. Its argument is
// the engine's options as JSON; it answers lines "network steps" as learningPeer.py does.

const engine = await startEngine(JSON.parse(argv[2]!) as EngineOptions);
const random = new SeededRandom(1, "bench", "learning");
const tell = (answer: object) => process.stdout.write(`${JSON.stringify(answer)}\n`);
tell({ ...engineState(), peak: peak() });

for await (const line of createInterface({ input: process.stdin })) {
  const [name, steps] = line.split(" ") as [NetworkName, string];
  const { spec, batchSize } = LEARNING_NETWORKS[name];
  const parameters = initialParameters(spec, random);
  const dataset = samples(batchSize * 4);
  const training = { epochs: Number(steps), batchSize, learningRate: 0.01, maxSteps: Number(steps) };
  const before = process.cpuUsage();
  trainLocally(engine, { spec, parameters, dataset, training, random });
  tell({ images: batchSize * Number(steps), seconds: cpuSeconds(before) });
}

/** Random images: what they show does not matter here. */
function samples(count: number): Dataset {
  return {
    features: Uint8Array.from({ length: count * 784 }, () => 256 * random.uniform()),
    sampleShape: [28, 28, 1],
    scale: 1 / 255,
    labels: Uint8Array.from({ length: count }, (_, row) => row % 10),
    classes: 10,
  };
}

/** The most multiplications and additions a second that this class's instructions give, in GFLOP/s. */
function peak(): number {
  const { level } = engineState()!;
  const lanes = level === undefined || level.endsWith("sse2") ? 4 : level.endsWith("avx2") ? 8 : 16;
  const pack = packOf(engine);
  const factor = engine.tensor1d([0.5]);
  let best = 0;
  for (let trial = 0; trial < 8; trial++) {
    const before = process.cpuUsage();
    pack.run("peak", [pack.offset(factor), 4_000_000]);
    best = Math.max(best, (4_000_000 * 20 * 2 * lanes) / cpuSeconds(before) / 1e9);
  }
  factor.dispose();
  return best;
}

function cpuSeconds(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
