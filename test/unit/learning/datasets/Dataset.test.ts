import { expect } from "chai";
import { concatDatasets } from "../../../../learning/datasets/concatDatasets.ts";
import { assertDataset, type Dataset } from "../../../../learning/datasets/Dataset.ts";
import { newestSamples } from "../../../../learning/datasets/newestSamples.ts";
import { scaledFeatures } from "../../../../learning/datasets/scaledFeatures.ts";
import { selectSamples } from "../../../../learning/datasets/selectSamples.ts";
import { BaseError } from "../../../../protocol/BaseError.ts";

const dataset: Dataset = {
  features: Uint8Array.of(0, 1, 10, 11, 20, 21, 30, 31),
  sampleShape: [2],
  scale: 0.5,
  labels: Uint8Array.of(0, 1, 2, 0),
  classes: 3,
};

/** Four samples with real targets, of two clients. */
const regression: Dataset = {
  ...dataset,
  labels: Float32Array.of(0.5, -1, 2, 130),
  classes: 0,
  clients: Uint32Array.of(7, 7, 9, 7),
};

describe("Dataset", () => {
  it("keeps real targets and clients when rows are selected, newest rows taken and parts joined", () => {
    const selected = selectSamples(regression, [2, 0]);
    expect(selected.labels).to.deep.equal(Float32Array.of(2, 0.5));
    expect(selected.clients).to.deep.equal(Uint32Array.of(9, 7));
    expect(newestSamples(regression, 1).labels).to.deep.equal(Float32Array.of(130));
    const whole = concatDatasets([selectSamples(regression, [0]), selectSamples(regression, [1, 2, 3])]);
    expect(whole).to.deep.equal(regression);
  });

  it("selects rows in the order asked for, as a copy", () => {
    const selected = selectSamples(dataset, [3, 1, 1]);
    expect([...selected.features]).to.deep.equal([30, 31, 10, 11, 10, 11]);
    expect([...selected.labels]).to.deep.equal([0, 1, 1]);
    selected.features[0] = 99;
    expect(dataset.features[6]).to.equal(30);
  });

  for (const index of [4, -1, 0.5]) {
    it(`refuses to select row ${index}`, () => {
      expect(() => selectSamples(dataset, [index]))
        .to.throw(BaseError)
        .with.property("code", "DATASET_INDEX");
    });
  }

  it("takes the newest samples of those collected so far", () => {
    expect([...newestSamples(dataset, 2).labels]).to.deep.equal([2, 0]);
    expect([...newestSamples(dataset, 2, 3).labels]).to.deep.equal([1, 2]);
    expect([...newestSamples(dataset, 9, 3).labels]).to.deep.equal([0, 1, 2]);
    expect([...newestSamples(dataset, 0).labels]).to.deep.equal([]);
    expect(() => newestSamples(dataset, 1, 5))
      .to.throw(BaseError)
      .with.property("code", "DATASET_COUNT");
  });

  it("concatenates what select took apart", () => {
    const whole = concatDatasets([selectSamples(dataset, [0]), selectSamples(dataset, [1, 2, 3])]);
    expect(whole).to.deep.equal(dataset);
  });

  it("refuses to concatenate datasets that do not fit", () => {
    const others: Dataset[] = [
      { ...dataset, sampleShape: [2, 1] },
      { ...dataset, scale: 1 },
      { ...dataset, classes: 4 },
      { ...dataset, features: Float32Array.from(dataset.features) },
      { ...dataset, clients: Uint32Array.of(0, 0, 0, 0) },
    ];
    for (const other of others) {
      expect(() => concatDatasets([dataset, other]))
        .to.throw(BaseError)
        .with.property("code", "DATASET_CONCAT");
    }
    expect(() => concatDatasets([]))
      .to.throw(BaseError)
      .with.property("code", "DATASET_CONCAT");
  });

  it("scales the features of chosen rows", () => {
    expect([...scaledFeatures(dataset, [2, 0])]).to.deep.equal([10, 10.5, 0, 0.5]);
  });

  const broken: [string, Partial<Dataset>][] = [
    ["DATASET_SHAPE", { labels: Uint8Array.of(0) }],
    ["DATASET_SHAPE", { sampleShape: [] }],
    ["DATASET_SHAPE", { sampleShape: [-2] }],
    ["DATASET_SCALE", { scale: 0 }],
    ["DATASET_SCALE", { scale: Number.NaN }],
    ["DATASET_CLASSES", { classes: 257 }],
    ["DATASET_CLASSES", { classes: -1 }],
    ["DATASET_LABEL", { classes: 2 }],
    ["DATASET_LABEL", { classes: 0 }],
    ["DATASET_LABEL", { labels: Float32Array.of(0, 1, 2, 0) }],
    ["DATASET_LABEL", { classes: 0, labels: Float32Array.of(0, 1, Number.NaN, 0) }],
    ["DATASET_CLIENT", { clients: Uint32Array.of(1, 2, 3) }],
    ["DATASET_CLIENT", { clients: Uint32Array.of(1, 2, 3, 2 ** 31) }],
    ["DATASET_FEATURE", { features: Float32Array.of(0, 0, 0, 0, 0, Number.NaN, 0, 0) }],
  ];
  it("accepts classes and real targets", () => {
    assertDataset(dataset);
    assertDataset(regression);
  });

  for (const [code, change] of broken) {
    it(`${code}: refuses ${Object.keys(change)} ${Object.values(change)}`, () => {
      expect(() => assertDataset({ ...dataset, ...change }))
        .to.throw(BaseError)
        .with.property("code", code);
    });
  }
});
