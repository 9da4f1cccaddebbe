import { createHash } from "node:crypto";
import { expect } from "chai";
import { decompress } from "../../../learning/federated/compression.ts";
import type { LearningTask } from "../../../learning/federated/LearningTask.ts";
import { decodeUpdate, encodeUpdate, MOST_BATCHES } from "../../../learning/federated/updateCodec.ts";
import { decodeSafetensors, MAX_HEADER_BYTES } from "../../../learning/safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../../../learning/safetensors/encodeSafetensors.ts";
import type { SafetensorsTensor } from "../../../learning/safetensors/SafetensorsFile.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { BASE, learningTask } from "./learningTask.ts";
import { updateOf } from "./updateOf.ts";

const DIGEST = `0x${"12".repeat(32)}`;
const tasks: LearningTask[] = (["float32", "int16", "int8"] as const).flatMap((encoding) => [
  learningTask({ update: { encoding } }),
  learningTask({ update: { encoding }, strategy: { kind: "scaffold", serverLearningRate: 1 } }),
]);
const task = learningTask();
const int8 = tasks[4]!;
const scaffold = tasks[1]!;

/** An update's file with some metadata and tensors replaced, or left out (undefined). */
function changed(
  of: LearningTask,
  metadata: Record<string, string | undefined>,
  tensors: Record<string, SafetensorsTensor | undefined> = {},
): Uint8Array {
  const file = decodeSafetensors(encodeUpdate(updateOf(of, 1)));
  const defined = <T>(record: Record<string, T | undefined>) =>
    Object.entries(record).filter((entry): entry is [string, T] => entry[1] !== undefined);
  return encodeSafetensors({
    metadata: Object.fromEntries(defined({ ...file.metadata, ...metadata })),
    tensors: new Map(defined({ ...Object.fromEntries(file.tensors), ...tensors })),
  });
}

const floats = (shape: number[], ...values: number[]): SafetensorsTensor => {
  const data = new Float32Array(shape.reduce((product, length) => product * length, 1));
  data.set(values);
  return { shape, data };
};
const scales = (...values: number[]): SafetensorsTensor => ({ shape: [4], data: Int32Array.from(values) });
const bytes = encodeUpdate(updateOf(task, 1));

describe("updateCodec", () => {
  for (const of of tasks) {
    it(`brings back an update in ${of.update.encoding} of ${of.strategy.kind}`, () => {
      for (const rest of [{}, { data: [DIGEST, BASE] }]) {
        const update = { ...updateOf(of, 1), ...rest };
        expect(decodeUpdate(encodeUpdate(update), of, BASE)).to.deep.equal(update);
      }
    });
  }

  it("keeps the digest of the state that the worker began with", () => {
    const update = { ...updateOf(int8, 1), stateBefore: DIGEST };
    expect(decodeUpdate(encodeUpdate(update), int8, BASE).stateBefore).to.equal(DIGEST);
  });

  it("sends what is not trained as float32 in any encoding", () => {
    const normalized = learningTask({
      model: { kind: "traffic-sign", input: [8, 8, 3], outputs: 4, width: 2 },
      update: { encoding: "int8" },
    });
    const file = decodeSafetensors(encodeUpdate(updateOf(normalized, 1)));
    const types = new Map<string, Set<string>>();
    for (const [name, { data }] of file.tensors) {
      const last = name.split(/[./]/).at(-1)!;
      types.set(last, (types.get(last) ?? new Set()).add(data.constructor.name));
    }
    expect(types.get("variance")).to.deep.equal(new Set(["Float32Array"]));
    expect(types.get("kernel")).to.deep.equal(new Set(["Int8Array"]));
    expect(decodeUpdate(encodeUpdate(updateOf(normalized, 1)), normalized, BASE).delta).to.have.length(
      file.tensors.size - 1,
    );
  });

  it("gives one digest for one update, on every machine", () => {
    // The digest comes from a writer in another language.
    const values = [12, 4, 8, 2].map((length, tensor) =>
      Int8Array.from({ length }, (_, index) => ((index * 37 + tensor * 11) % 255) - 127),
    );
    const update = {
      ...updateOf(int8, 1),
      delta: values.map((values, index) => ({ values, scale: index * 1000 + 1 })),
      data: [DIGEST],
    };
    const digest = createHash("sha256").update(encodeUpdate(update)).digest("hex");
    expect(digest).to.equal("2b0a4b5dc3a90f042a0eb834f1e207b4676df5fec642470ca3955e22a25eed5d");
  });

  const wrong: [what: string, code: string, of: LearningTask, make: () => Uint8Array][] = [
    ["another version", "UPDATE_VERSION", task, () => changed(task, { format: "freshet-update/1" })],
    ["a global model", "UPDATE_VERSION", task, () => changed(task, { format: "freshet-model/2" })],
    ["no version", "UPDATE_VERSION", task, () => changed(task, { format: undefined })],
    ["unknown metadata", "UPDATE_METADATA", task, () => changed(task, { author: "someone" })],
    ["metadata left out", "UPDATE_METADATA", task, () => changed(task, { numericClass: undefined })],
    ["a base that is no digest", "UPDATE_METADATA", task, () => changed(task, { base: "0x12" })],
    ["batches that are no digests", "UPDATE_METADATA", task, () => changed(task, { data: `${DIGEST},` })],
    [
      "too many batches",
      "UPDATE_METADATA",
      task,
      () =>
        changed(task, {
          data: Array(MOST_BATCHES + 1)
            .fill(DIGEST)
            .join(),
        }),
    ],
    ["a state where there is none", "UPDATE_METADATA", task, () => changed(task, { stateAfter: DIGEST })],
    ["no state where there must be", "UPDATE_METADATA", int8, () => changed(int8, { stateAfter: undefined })],
    ["another class", "UPDATE_CLASS", task, () => changed(task, { numericClass: "fast/1" })],
    ["another version of the class", "UPDATE_CLASS", task, () => changed(task, { numericClass: "strict/2" })],
    ["another encoding", "UPDATE_ENCODING", int8, () => changed(int8, { encoding: "int16" })],
    ["another base", "UPDATE_BASE", task, () => changed(task, { base: DIGEST })],
    [
      "another model",
      "UPDATE_MODEL",
      task,
      () =>
        encodeUpdate(
          updateOf(learningTask({ model: { ...task.model, hidden: [5] } as typeof task.model }), 1),
        ),
    ],
    ["a model that is not JSON", "UPDATE_MODEL", task, () => changed(task, { model: "mlp" })],
    ["another precision", "UPDATE_MODEL", task, () => changed(task, { fractionBits: "19" })],
    [
      "a wrong shape",
      "UPDATE_SHAPE",
      task,
      () => changed(task, {}, { "delta/layer0.kernel": floats([3, 5]) }),
    ],
    [
      "a transposed shape",
      "UPDATE_SHAPE",
      task,
      () => changed(task, {}, { "delta/layer0.kernel": floats([4, 3]) }),
    ],
    ["a wrong type", "UPDATE_DTYPE", int8, () => changed(int8, {}, { "delta/layer0.bias": floats([4]) })],
    [
      "a missing tensor",
      "UPDATE_TENSOR_MISSING",
      task,
      () => changed(task, {}, { "delta/layer1.bias": undefined }),
    ],
    ["no scales", "UPDATE_TENSOR_MISSING", int8, () => changed(int8, {}, { "scales/delta": undefined })],
    [
      "no control variate",
      "UPDATE_TENSOR_MISSING",
      scaffold,
      () => changed(scaffold, {}, { "control/layer0.bias": undefined }),
    ],
    ["an unknown tensor", "UPDATE_TENSOR_UNKNOWN", task, () => changed(task, {}, { more: floats([1]) })],
    [
      "scales of float32",
      "UPDATE_TENSOR_UNKNOWN",
      task,
      () => changed(task, {}, { "scales/delta": scales(1, 1, 1, 1) }),
    ],
    [
      "infinity",
      "UPDATE_NOT_FINITE",
      task,
      () => changed(task, {}, { "delta/layer0.bias": floats([4], 0, 0, Number.NEGATIVE_INFINITY) }),
    ],
    [
      "what 32 bits do not hold",
      "UPDATE_RANGE",
      task,
      () => changed(task, {}, { "delta/layer0.bias": floats([4], -2048) }),
    ],
    [
      "an integer beyond both ends",
      "UPDATE_RANGE",
      int8,
      () => changed(int8, {}, { "delta/layer0.bias": { shape: [4], data: Int8Array.of(0, -128, 0, 0) } }),
    ],
    ["a scale of 0", "UPDATE_SCALE", int8, () => changed(int8, {}, { "scales/delta": scales(1, 0, 1, 1) })],
    [
      "a negative scale",
      "UPDATE_SCALE",
      int8,
      () => changed(int8, {}, { "scales/delta": scales(1, 1, 1, -5) }),
    ],
    [
      "a scale that overflows",
      "UPDATE_SCALE",
      int8,
      () => changed(int8, {}, { "scales/delta": scales(16_909_321, 1, 1, 1) }),
    ],
    ["NaN", "SAFETENSORS_NAN", task, () => bytes.slice().fill(0xff, -4)],
    ["a cut file", "SAFETENSORS_TRUNCATED", task, () => bytes.slice(0, -4)],
    ["trailing bytes", "SAFETENSORS_TRAILING_BYTES", task, () => Uint8Array.of(...bytes, 0, 0, 0, 0)],
    ["an empty file", "SAFETENSORS_TRUNCATED", task, () => new Uint8Array()],
    [
      "a file larger than any can be",
      "UPDATE_TOO_LARGE",
      task,
      () => new Uint8Array(8 + MAX_HEADER_BYTES + 4 * 26 + 4 * 4 + 1),
    ],
  ];
  for (const [what, code, of, make] of wrong) {
    it(`refuses ${what} with ${code}`, () => {
      expect(() => decodeUpdate(make(), of, BASE))
        .to.throw(BaseError)
        .with.property("code", code);
    });
  }

  it("takes the largest scale and the largest values there are", () => {
    const values = Int8Array.of(127, -127, 0, 1);
    const largest = changed(
      int8,
      {},
      {
        "scales/delta": scales(1, 16_909_320, 1, 1),
        "delta/layer0.bias": { shape: [4], data: values },
      },
    );
    const { delta } = decodeUpdate(largest, int8, BASE);
    expect([...decompress(delta[1]!, 20)]).to.deep.equal([2147483640, -2147483640, 0, 16909320]);
  });

  it("does not write what it would not read", () => {
    const update = updateOf(task, 1);
    for (const [bad, code] of [
      [{ numericClass: "quick" }, "UPDATE_METADATA"],
      [{ base: "here" }, "UPDATE_METADATA"],
      [{ delta: update.delta.slice(1) }, "PARAMETERS_SHAPE"],
      [{ delta: update.delta.map(({ values }) => ({ values, scale: 2 })) }, "UPDATE_SCALE"],
    ] as const) {
      expect(() => encodeUpdate({ ...update, ...bad }))
        .to.throw(BaseError)
        .with.property("code", code);
    }
  });
});
