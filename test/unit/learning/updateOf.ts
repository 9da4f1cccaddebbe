import { compress, tensorEncoding } from "../../../learning/federated/compression.ts";
import type { LearningTask } from "../../../learning/federated/LearningTask.ts";
import { strategyOf } from "../../../learning/federated/strategies/strategyOf.ts";
import type { UpdateFile } from "../../../learning/federated/UpdateFile.ts";
import { workerStateOf } from "../../../learning/federated/workerStateCodec.ts";
import { elementCount } from "../../../learning/models/elementCount.ts";
import { parameterShapes } from "../../../learning/models/parameterShapes.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BASE } from "./learningTask.ts";

/** A random update of a task on {@link BASE}, its changes within ±reach. */
export function updateOf(task: LearningTask, seed: number, reach = 0.1): UpdateFile {
  const random = new SeededRandom(seed, "update");
  const { model: spec, fractionBits, update, numericClass } = task;
  const shapes = parameterShapes(spec);
  const encodings = shapes.map((shape) => tensorEncoding(shape, update.encoding));
  const draw = () => {
    const drawn = shapes.map(({ shape }) =>
      Float32Array.from({ length: elementCount(shape) }, () => (2 * random.uniform() - 1) * reach),
    );
    return compress(drawn, undefined, { encodings, fractionBits }).tensors;
  };
  const has = workerStateOf(task);
  return {
    spec,
    fractionBits,
    encoding: update.encoding,
    numericClass,
    base: BASE,
    delta: draw(),
    ...(strategyOf(task.strategy).sendsControl ? { control: draw() } : {}),
    ...(has.residual || has.control ? { stateAfter: `0x${"77".repeat(32)}` } : {}),
  };
}
