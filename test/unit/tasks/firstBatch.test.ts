import { expect } from "chai";

import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { encodeDataset } from "../../../learning/datasets/datasetCodec.ts";
import { encodeSafetensors } from "../../../learning/safetensors/encodeSafetensors.ts";
import { mostBatchBytes, readFirstBatch, samplesInBatch } from "../../../tasks/firstBatch.ts";
import { parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { smallSpec } from "./smallSpec.ts";

const SPEC = parseTaskSpec(smallSpec());
const images = (samples: number, change: Partial<Dataset> = {}): Dataset => ({
  features: new Uint8Array(samples * 784),
  sampleShape: [28, 28],
  scale: 1 / 255,
  labels: Uint8Array.from({ length: samples }, (_, i) => i % 10),
  classes: 10,
  ...change,
});
const HELD_OUT = images(20);
const floats = (samples: number, value: number) => new Float32Array(samples * 784).fill(value);
/** The metadata of images, with any tensors. */
const fileOf = (labels: Uint8Array, features: Uint8Array | Float32Array, shape: number[]) =>
  encodeSafetensors({
    metadata: { format: "freshet-dataset/2", classes: "10", scale: String(1 / 255) },
    tensors: new Map([
      ["features", { shape, data: features }],
      ["labels", { shape: [labels.length], data: labels }],
    ]),
  });

describe("readFirstBatch", () => {
  it("reads what a device synchronizes, with writers or without", () => {
    const batch = images(3);
    expect(readFirstBatch(encodeDataset(batch), SPEC, HELD_OUT)).to.deep.equal(batch);
    const flat = images(3, { sampleShape: [784], clients: Uint32Array.of(1, 2, 3) });
    expect(readFirstBatch(encodeDataset(flat), SPEC, HELD_OUT)).to.deep.equal(flat);
  });

  const whole = encodeDataset(images(3));
  const hostile: [what: string, bytes: () => Uint8Array][] = [
    ["no bytes", () => new Uint8Array()],
    ["garbage", () => Uint8Array.from({ length: 4096 }, (_, i) => (i * 31) % 251)],
    ["a header that says it is longer than all memory", () => new Uint8Array(64).fill(0xff)],
    ["half a batch", () => whole.subarray(0, whole.length / 2)],
    ["more than a batch", () => Uint8Array.of(...whole, 0)],
    ["no samples", () => encodeDataset(images(0))],
    [
      "more samples than there may be",
      () =>
        encodeDataset({
          ...images(1),
          sampleShape: [1],
          features: new Uint8Array(65_537),
          labels: new Uint8Array(65_537),
        }),
    ],
    ["labels of no class", () => fileOf(Uint8Array.of(0, 10), new Uint8Array(2 * 784), [2, 28, 28])],
    ["fewer labels than samples", () => fileOf(Uint8Array.of(0), new Uint8Array(2 * 784), [2, 28, 28])],
    [
      "samples of fewer features",
      () => encodeDataset(images(2, { sampleShape: [27, 28], features: new Uint8Array(2 * 756) })),
    ],
    [
      "another scale, which would make the model certain of anything",
      () => encodeDataset(images(2, { scale: 1e30 })),
    ],
    ["floats in place of bytes", () => encodeDataset(images(2, { features: floats(2, 3e38) }))],
    [
      "no numbers",
      () => {
        const bytes = encodeDataset(images(2, { features: floats(2, 1) }));
        // The last feature's bits become those of NaN.
        const at = Buffer.from(bytes).indexOf(Buffer.from(Float32Array.of(1).buffer));
        bytes.set([0, 0, 0xc0, 0x7f], at);
        return bytes;
      },
    ],
    [
      "infinite features",
      () => {
        const bytes = encodeDataset(images(2, { features: floats(2, 1) }));
        const at = Buffer.from(bytes).indexOf(Buffer.from(Float32Array.of(1).buffer));
        bytes.set([0, 0, 0x80, 0x7f], at);
        return bytes;
      },
    ],
    ["more classes than the task's data have", () => encodeDataset(images(2, { classes: 11 }))],
    ["fewer classes", () => encodeDataset(images(2, { classes: 2, labels: Uint8Array.of(0, 1) }))],
    ["real targets", () => encodeDataset(images(2, { classes: 0, labels: Float32Array.of(0.5, 1) }))],
    [
      "boxes where there are none",
      () => encodeDataset(images(1, { sampleShape: [28, 28, 1], boxes: Float32Array.of(0, 0, 2, 2, 1) })),
    ],
  ];
  for (const [what, bytes] of hostile) {
    it(`finds no batch in ${what}`, () => {
      expect(readFirstBatch(bytes(), SPEC, HELD_OUT)).to.equal(undefined);
    });
  }
});

describe("what fits into a first batch", () => {
  it("is less where many workers are scored by theirs", () => {
    expect(mostBatchBytes({ maxWorkers: 10, subchains: [3n, 4n] })).to.equal(2 ** 24);
    expect(mostBatchBytes({ maxWorkers: 1024, subchains: [3n, 4n] })).to.equal(2 ** 22);
    expect(mostBatchBytes({ maxWorkers: 65_536, subchains: [3n] })).to.equal(2 ** 17);
  });

  it("is as many samples as its bytes have room for, and is read then", () => {
    for (const dataset of [images(1000), images(1000, { clients: new Uint32Array(1000) })]) {
      const fitting = samplesInBatch(dataset, 2 ** 17);
      expect(fitting).to.be.within(160, 167);
      const rows = {
        ...dataset,
        features: dataset.features.slice(0, fitting * 784),
        labels: dataset.labels.slice(0, fitting),
      };
      const bytes = encodeDataset(
        dataset.clients === undefined ? rows : { ...rows, clients: new Uint32Array(fitting) },
      );
      expect(bytes.length).to.be.within(2 ** 17 - 2048, 2 ** 17);
      expect(readFirstBatch(bytes, SPEC, HELD_OUT)?.labels).to.have.length(fitting);
    }
    const boxes = new Float32Array(10 * 2 * 5).fill(-1);
    expect(samplesInBatch(images(10, { boxes }), 1024 + 825)).to.equal(1);
    expect(samplesInBatch(images(10, { boxes }), 1024 + 2 * 825)).to.equal(2);
    // A sample that is too large for it is tried all the same, and has to be seen to fail.
    expect(samplesInBatch(images(10), 100)).to.equal(1);
    expect(samplesInBatch({ ...images(1), sampleShape: [1] }, 2 ** 24)).to.equal(65_536);
  });
});
