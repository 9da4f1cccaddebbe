import type { Engine } from "../../learning/engine/Engine.ts";
import type { KernelWorkspace } from "../../learning/engine/KernelWorkspace.ts";
import { packOf } from "../../learning/engine/packOf.ts";
import type { LearningTask } from "../../learning/federated/LearningTask.ts";
import { PLAIN_PASSES, type UpdatePasses } from "../../learning/federated/UpdatePasses.ts";
import { UpdateSums } from "../../learning/federated/UpdateSums.ts";
import { elementCount } from "../../learning/models/elementCount.ts";
import { type ModelParameters, parameterShapes } from "../../learning/models/parameterShapes.ts";

/** Room for an update's header; a longer one goes to memory of its own. */
const HEADER_BYTES = 2 ** 16;

/**
 * A thread's memory for the clients that it fits one after the other: what each of them would take anew is the
 * collector's work, and more than the update's. Kernels pass over it.
 */
export class FitMemory implements UpdatePasses {
  /** Where training starts. */
  readonly start: ModelParameters;
  /** What it ends with. */
  readonly local: ModelParameters;
  /** The update. */
  readonly file: Uint8Array;
  /** What the updates add up to. */
  readonly sums: Float64Array;
  readonly #workspace: KernelWorkspace;
  /** What a kernel answers. */
  readonly #result: Int32Array;
  /** Constants of a kernel. */
  readonly #constants: Float64Array;

  constructor(engine: Engine, task: Pick<LearningTask, "model" | "strategy">) {
    const sizes = parameterShapes(task.model).map(({ shape }) => elementCount(shape));
    const sums = UpdateSums.sizeOf(task);
    const elements = sizes.reduce((sum, size) => sum + size, 0);
    const fileBytes = 4 * sums + HEADER_BYTES;
    const arrays = 2 * sizes.length + 4;
    this.#workspace = packOf(engine).workspace(8 * elements + fileBytes + 8 * sums + 20 + 64 * arrays);
    this.start = sizes.map((size) => this.#workspace.floats(size));
    this.local = sizes.map((size) => this.#workspace.floats(size));
    this.file = this.#workspace.bytes(fileBytes);
    this.sums = this.#workspace.doubles(sums);
    this.#result = this.#workspace.integers(1);
    this.#constants = this.#workspace.doubles(2);
  }

  readonly subtract: UpdatePasses["subtract"] = (a, b) => {
    if (!this.#workspace.holds(a, b)) PLAIN_PASSES.subtract(a, b);
    else this.#workspace.run("subtract", [a, b, a.length]);
  };

  readonly largestBits: UpdatePasses["largestBits"] = (values) => {
    if (!this.#workspace.holds(values)) return PLAIN_PASSES.largestBits(values);
    this.#workspace.run("largestBits", [values, values.length, this.#result]);
    return this.#result[0]!;
  };

  readonly addSteps: UpdatePasses["addSteps"] = (sums, values, units, weight) => {
    if (!this.#workspace.holds(sums, values)) {
      PLAIN_PASSES.addSteps(sums, values, units, weight);
      return;
    }
    this.#constants.set([units, weight]);
    this.#workspace.run("addSteps", [sums, values, sums.length, this.#constants]);
  };
}
