import { expect } from "chai";
import type { LearningTask } from "../../../learning/federated/LearningTask.ts";
import type { WorkerState } from "../../../learning/federated/WorkerState.ts";
import {
  decodeWorkerState,
  encodeWorkerState,
  workerStateOf,
} from "../../../learning/federated/workerStateCodec.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { learningTask } from "./learningTask.ts";

const scaffold = { kind: "scaffold", serverLearningRate: 1 } as const;
const plain = learningTask();
const compressed = learningTask({ update: { encoding: "int8" } });
const controlled = learningTask({ strategy: scaffold });
const both = learningTask({ update: { encoding: "int16" }, strategy: scaffold });

/** A state in which every number is another. */
function stateOf(of: LearningTask): WorkerState {
  const lengths = [12, 4, 8, 2];
  const has = workerStateOf(of);
  let next = 0;
  return {
    residual: has.residual
      ? lengths.map((length) => Float32Array.from({ length }, () => ++next / 7))
      : undefined,
    control: has.control ? lengths.map((length) => Int32Array.from({ length }, () => -++next)) : undefined,
  };
}

describe("workerStateCodec", () => {
  it("knows what of a task's workers is remembered", () => {
    expect([plain, compressed, controlled, both].map(workerStateOf)).to.deep.equal([
      { residual: false, control: false },
      { residual: true, control: false },
      { residual: false, control: true },
      { residual: true, control: true },
    ]);
  });

  for (const task of [compressed, controlled, both]) {
    it(`brings back the state of ${task.update.encoding} with ${task.strategy.kind}`, () => {
      const state = stateOf(task);
      expect(decodeWorkerState(encodeWorkerState(state, task), task)).to.deep.equal(state);
    });
  }

  const bytes = encodeWorkerState(stateOf(compressed), compressed);
  const infinite = {
    residual: stateOf(compressed).residual!.map((values) => values.fill(Number.NEGATIVE_INFINITY)),
  };
  const wrong: [what: string, code: string, of: LearningTask, bytes: Uint8Array][] = [
    ["of another precision", "STATE_FORMAT", { ...compressed, fractionBits: 19 }, bytes],
    [
      "of another model",
      "STATE_FORMAT",
      { ...compressed, model: { ...plain.model, hidden: [5] } as never },
      bytes,
    ],
    ["without control variates", "STATE_TENSOR_MISSING", both, bytes],
    ["with a residual too many", "STATE_TENSOR_UNKNOWN", controlled, encodeWorkerState(stateOf(both), both)],
    ["that is not finite", "STATE_NOT_FINITE", compressed, encodeWorkerState(infinite, compressed)],
    ["cut short", "SAFETENSORS_TRUNCATED", compressed, bytes.slice(0, -1)],
    ["larger than any can be", "STATE_TOO_LARGE", compressed, new Uint8Array(2 ** 20 + 8 + 4 * 26 + 1)],
  ];
  for (const [what, code, of, bytes] of wrong) {
    it(`refuses a state ${what} with ${code}`, () => {
      expect(() => decodeWorkerState(bytes, of))
        .to.throw(BaseError)
        .with.property("code", code);
    });
  }
});
