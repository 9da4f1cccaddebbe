import { createHash } from "node:crypto";
import { expect } from "chai";
import type { GlobalModel } from "../../../learning/federated/GlobalModel.ts";
import { initialGlobalModel } from "../../../learning/federated/initialGlobalModel.ts";
import type { LearningTask } from "../../../learning/federated/LearningTask.ts";
import { decodeModel, encodeModel } from "../../../learning/federated/modelCodec.ts";
import { strategySpecSchema } from "../../../learning/federated/strategies/strategySpec.ts";
import { decodeSafetensors } from "../../../learning/safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../../../learning/safetensors/encodeSafetensors.ts";
import type { SafetensorsTensor } from "../../../learning/safetensors/SafetensorsFile.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { learningTask } from "./learningTask.ts";

const task = learningTask();
const stateful = learningTask({ strategy: strategySpecSchema.parse({ kind: "fedavgm" }) });

/** A task's initial model's file with some metadata and tensors replaced, or left out (undefined). */
function changed(
  of: LearningTask,
  metadata: Record<string, string>,
  tensors: Record<string, SafetensorsTensor | undefined> = {},
): Uint8Array {
  const file = decodeSafetensors(encodeModel(initialGlobalModel(of)));
  const entries = Object.entries({ ...Object.fromEntries(file.tensors), ...tensors });
  return encodeSafetensors({
    metadata: { ...file.metadata, ...metadata },
    tensors: new Map(entries.filter((entry): entry is [string, SafetensorsTensor] => entry[1] !== undefined)),
  });
}

describe("modelCodec", () => {
  for (const kind of ["fedavg", "fedavgm", "fedprox", "fedadam", "scaffold"] as const) {
    it(`brings back a global model of ${kind} with all that its server remembers`, () => {
      const of = learningTask({
        strategy: strategySpecSchema.parse(kind === "fedprox" ? { kind, proximalMu: 1 } : { kind }),
      });
      const initial = initialGlobalModel(of);
      let next = 0;
      const global: GlobalModel = {
        ...initial,
        state: new Map(
          [...initial.state].map(([name, arrays]) => [
            name,
            arrays.map((values) => values.map(() => ++next / 3)),
          ]),
        ),
      };
      expect(decodeModel(encodeModel(global), of)).to.deep.equal(global);
    });
  }

  it("does not depend on the order of a spec's keys", () => {
    const model = { outputs: 2, hidden: [4], kind: "mlp" as const, inputs: 3 };
    expect(encodeModel({ ...initialGlobalModel(task), spec: model })).to.deep.equal(
      encodeModel(initialGlobalModel(task)),
    );
  });

  it("gives one digest for one model, on every machine", () => {
    // The integers 1, −2, 3, … times 1000003 in the order of the shapes, then as many
    // thirds for the momentum; the digest comes from a writer in another language.
    let last = 0;
    const next = () => {
      last++;
      return (last % 2 === 1 ? last : -last) * 1000003;
    };
    const lengths = [12, 4, 8, 2];
    const tensors = lengths.map((length) => Int32Array.from({ length }, next));
    const momentum = lengths.map((length) => Float64Array.from({ length }, () => next() / 3));
    const model = { spec: task.model, fractionBits: 20, tensors, state: new Map([["momentum", momentum]]) };
    expect(createHash("sha256").update(encodeModel(model)).digest("hex")).to.equal(
      "4f5a5ef23a7a44dcc8d08281e175386f78ad06cd6e72e0c72a4e81881f195ed1",
    );
  });

  const floats = (...data: number[]): SafetensorsTensor => ({
    shape: [data.length],
    data: Float64Array.from(data),
  });
  const integers = (shape: number[]): SafetensorsTensor => ({
    shape,
    data: new Int32Array(shape.reduce((product, length) => product * length, 1)),
  });
  const bytes = encodeModel(initialGlobalModel(task));
  const wrong: [what: string, code: string, of: LearningTask, make: () => Uint8Array][] = [
    ["another format", "MODEL_FORMAT", task, () => changed(task, { format: "freshet-update/2" })],
    ["the former version", "MODEL_FORMAT", task, () => changed(task, { format: "freshet-model/1" })],
    ["unknown metadata", "MODEL_FORMAT", task, () => changed(task, { author: "someone" })],
    ["another precision", "MODEL_OTHER", task, () => changed(task, { fractionBits: "020" })],
    [
      "another model",
      "MODEL_OTHER",
      learningTask({ model: { kind: "mlp", inputs: 3, hidden: [], outputs: 2 } }),
      () => bytes,
    ],
    ["a wrong shape", "MODEL_SHAPE", task, () => changed(task, {}, { "layer0.kernel": integers([4, 3]) })],
    ["a wrong type", "MODEL_DTYPE", task, () => changed(task, {}, { "layer0.bias": floats(0, 0, 0, 0) })],
    ["a missing tensor", "MODEL_TENSOR_MISSING", task, () => changed(task, {}, { "layer1.bias": undefined })],
    [
      "a server's state that it has not",
      "MODEL_TENSOR_UNKNOWN",
      task,
      () => encodeModel(initialGlobalModel(stateful)),
    ],
    ["no server's state where there must be", "MODEL_TENSOR_MISSING", stateful, () => bytes],
    [
      "a server's state that is not finite",
      "MODEL_NOT_FINITE",
      stateful,
      () => changed(stateful, {}, { "state/momentum/layer1.bias": floats(0, Number.POSITIVE_INFINITY) }),
    ],
    ["a cut file", "SAFETENSORS_TRUNCATED", task, () => bytes.slice(0, -4)],
    ["trailing bytes", "SAFETENSORS_TRAILING_BYTES", task, () => Uint8Array.of(...bytes, 0)],
    [
      "a file larger than any can be",
      "MODEL_TOO_LARGE",
      task,
      () => new Uint8Array(2 ** 20 + 8 + 4 * 26 + 1),
    ],
  ];
  for (const [what, code, of, make] of wrong) {
    it(`refuses ${what} with ${code}`, () => {
      expect(() => decodeModel(make(), of))
        .to.throw(BaseError)
        .with.property("code", code);
    });
  }
});
