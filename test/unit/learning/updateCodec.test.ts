import { createHash } from "node:crypto";
import { expect } from "chai";
import { type FixedPointModel, toFixedPoint } from "../../../learning/federated/fixedPoint.ts";
import { decodeUpdate, encodeUpdate } from "../../../learning/federated/updateCodec.ts";
import { initialParameters } from "../../../learning/models/initialParameters.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import { decodeSafetensors } from "../../../learning/safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../../../learning/safetensors/encodeSafetensors.ts";
import type { SafetensorsTensor } from "../../../learning/safetensors/SafetensorsFile.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { SeededRandom } from "../../../protocol/SeededRandom.ts";

const spec: ModelSpec = { kind: "mlp", inputs: 3, hidden: [4], outputs: 2 };
const model: FixedPointModel = toFixedPoint(spec, initialParameters(spec, new SeededRandom(1)));
const bytes = encodeUpdate(model);

/** The file with some metadata and tensors replaced, or a tensor left out. */
function changed(
  metadata: Record<string, string>,
  tensors: Record<string, SafetensorsTensor | undefined> = {},
) {
  const file = decodeSafetensors(bytes);
  const entries = Object.entries({ ...Object.fromEntries(file.tensors), ...tensors });
  return encodeSafetensors({
    metadata: { ...file.metadata, ...metadata },
    tensors: new Map(entries.filter((entry): entry is [string, SafetensorsTensor] => entry[1] !== undefined)),
  });
}

describe("updateCodec", () => {
  it("brings back the model", () => {
    expect(decodeUpdate(bytes)).to.deep.equal(model);
    expect(decodeUpdate(bytes, { spec, fractionBits: 20 })).to.deep.equal(model);
  });

  it("does not depend on the order of a spec's keys", () => {
    const spec: ModelSpec = { outputs: 2, hidden: [4], kind: "mlp", inputs: 3 };
    expect(encodeUpdate({ ...model, spec })).to.deep.equal(bytes);
  });

  it("gives one digest for one model, on every machine", () => {
    // The integers 1, −2, 3, … times 1000003 in the order of the shapes; the digest
    // comes from a writer in another language.
    let last = 0;
    const next = () => {
      last++;
      return (last % 2 === 1 ? last : -last) * 1000003;
    };
    const tensors = [12, 4, 8, 2].map((length) => Int32Array.from({ length }, next));
    const digest = createHash("sha256").update(encodeUpdate({ spec, fractionBits: 20, tensors }));
    expect(digest.digest("hex")).to.equal("d8986d6c66e3e52e6e8a5fd590b5632ebee8539c325c419bd82ddf9da49a8021");
  });

  const integers = (shape: number[]): SafetensorsTensor => ({
    shape,
    data: new Int32Array(shape.reduce((product, length) => product * length, 1)),
  });
  const floats: SafetensorsTensor = { shape: [4], data: new Float32Array(4) };
  const damaged: [string, string, () => Uint8Array][] = [
    ["a wrong shape", "UPDATE_SHAPE", () => changed({}, { "layer0.kernel": integers([3, 5]) })],
    ["a transposed shape", "UPDATE_SHAPE", () => changed({}, { "layer0.kernel": integers([4, 3]) })],
    ["a wrong element type", "UPDATE_DTYPE", () => changed({}, { "layer0.bias": floats })],
    ["a missing tensor", "UPDATE_TENSOR_MISSING", () => changed({}, { "layer1.bias": undefined })],
    ["an unknown tensor", "UPDATE_TENSOR_UNKNOWN", () => changed({}, { "layer2.bias": integers([1]) })],
    ["another format", "UPDATE_FORMAT", () => changed({ format: "freshet-dataset/1" })],
    ["unknown metadata", "UPDATE_FORMAT", () => changed({ author: "someone" })],
    ["fraction bits in another form", "UPDATE_FORMAT", () => changed({ fractionBits: "020" })],
    ["too many fraction bits", "UPDATE_FORMAT", () => changed({ fractionBits: "31" })],
    ["a model that is not JSON", "UPDATE_FORMAT", () => changed({ model: "mlp" })],
    ["a model of an unknown kind", "UPDATE_FORMAT", () => changed({ model: '{"kind":"cnn"}' })],
    [
      "a model in another form",
      "UPDATE_FORMAT",
      () => changed({ model: '{"kind":"mlp", "inputs":3,"hidden":[4],"outputs":2}' }),
    ],
    ["a cut file", "SAFETENSORS_TRUNCATED", () => bytes.slice(0, -4)],
    ["trailing bytes", "SAFETENSORS_TRAILING_BYTES", () => Uint8Array.of(...bytes, 0, 0, 0, 0)],
  ];
  for (const [what, code, make] of damaged) {
    it(`refuses ${what}`, () => {
      expect(() => decodeUpdate(make()))
        .to.throw(BaseError)
        .with.property("code", code);
    });
  }

  it("refuses an update of another model or precision than the task's", () => {
    for (const expected of [
      { spec: { ...spec, hidden: [5] }, fractionBits: 20 },
      { spec, fractionBits: 16 },
    ]) {
      expect(() => decodeUpdate(bytes, expected))
        .to.throw(BaseError)
        .with.property("code", "UPDATE_MODEL");
    }
  });
});
