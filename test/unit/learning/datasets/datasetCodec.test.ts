import { expect } from "chai";
import type { Dataset } from "../../../../learning/datasets/Dataset.ts";
import { decodeDataset, encodeDataset } from "../../../../learning/datasets/datasetCodec.ts";
import { decodeSafetensors } from "../../../../learning/safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../../../../learning/safetensors/encodeSafetensors.ts";
import type { SafetensorsTensor } from "../../../../learning/safetensors/SafetensorsFile.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../../protocol/BaseError.ts";
import { blobs } from "../blobs.ts";

describe("datasetCodec", () => {
  const dataset = blobs(5, new SeededRandom(1));

  it("brings back bytes, floats, real targets, clients and an empty dataset", () => {
    const floats: Dataset = {
      ...dataset,
      features: Float32Array.from(dataset.features, (x) => x / 3),
      scale: 1,
    };
    const empty: Dataset = { ...dataset, features: new Uint8Array(), labels: new Uint8Array() };
    const targets: Dataset = {
      ...floats,
      labels: Float32Array.of(0.5, -1, 2, 130, 1e-9),
      classes: 0,
      clients: Uint32Array.of(0, 1, 2 ** 31 - 1, 1, 0),
    };
    for (const original of [dataset, floats, empty, targets]) {
      expect(decodeDataset(encodeDataset(original))).to.deep.equal(original);
    }
  });

  it("shares no memory with the file", () => {
    const bytes = encodeDataset(dataset);
    const decoded = decodeDataset(bytes);
    bytes.fill(0);
    expect(decoded).to.deep.equal(dataset);
  });

  /** The file with some metadata and tensors replaced. */
  const changed = (metadata: Record<string, string>, tensors: Record<string, SafetensorsTensor> = {}) => {
    const file = decodeSafetensors(encodeDataset(dataset));
    return encodeSafetensors({
      metadata: { ...file.metadata, ...metadata },
      tensors: new Map([...file.tensors, ...Object.entries(tensors)]),
    });
  };
  const damaged: [string, string, () => Uint8Array][] = [
    ["another format", "DATASET_FORMAT", () => changed({ format: "freshet-model/1" })],
    ["unknown metadata", "DATASET_FORMAT", () => changed({ owner: "someone" })],
    ["a scale in another form", "DATASET_FORMAT", () => changed({ scale: "0x1" })],
    ["classes in another form", "DATASET_FORMAT", () => changed({ classes: "03" })],
    ["no classes for labels of bytes", "DATASET_LABEL", () => changed({ classes: "0" })],
    [
      "a negative client",
      "DATASET_FORMAT",
      () => changed({}, { clients: { shape: [5], data: Int32Array.of(0, 0, 0, 0, -1) } }),
    ],
    [
      "too few clients",
      "DATASET_FORMAT",
      () => changed({}, { clients: { shape: [4], data: new Int32Array(4) } }),
    ],
    [
      "clients of floats",
      "DATASET_FORMAT",
      () => changed({}, { clients: { shape: [5], data: new Float32Array(5) } }),
    ],
    ["too few classes", "DATASET_LABEL", () => changed({ classes: "1" })],
    ["too many classes", "DATASET_CLASSES", () => changed({ classes: "300" })],
    ["a third tensor", "DATASET_FORMAT", () => changed({}, { more: { shape: [1], data: Uint8Array.of(1) } })],
    [
      "features of integers",
      "DATASET_FORMAT",
      () => changed({}, { features: { shape: [5, 12], data: new Int32Array(60) } }),
    ],
    [
      "too few labels",
      "DATASET_FORMAT",
      () => changed({}, { labels: { shape: [4], data: new Uint8Array(4) } }),
    ],
    ["a cut file", "SAFETENSORS_TRUNCATED", () => encodeDataset(dataset).slice(0, -1)],
  ];
  for (const [what, code, make] of damaged) {
    it(`refuses ${what}`, () => {
      expect(() => decodeDataset(make()))
        .to.throw(BaseError)
        .with.property("code", code);
    });
  }
});
