import { expect } from "chai";
import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { checkTaskData } from "../../../tasks/checkTaskData.ts";
import { parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { thrown } from "../thrown.ts";
import { smallSpec } from "./smallSpec.ts";

const samples = (labels: readonly number[], classes = 10): Dataset => ({
  features: new Uint8Array(labels.length * 784),
  sampleShape: [28, 28],
  scale: 1 / 255,
  labels: Uint8Array.from(labels),
  classes,
});
const digits = (count: number) => samples(Array.from({ length: count }, (_, i) => i % 10));
const spec = (change: object = {}) => parseTaskSpec({ ...smallSpec(), ...change });
const data = (train: Dataset, test = digits(10)) => ({ train, test });

describe("checkTaskData", () => {
  const withoutData: [what: string, partition: object, train: Dataset, devices: number, found: RegExp][] = [
    ["more devices than samples", { kind: "iid" }, digits(3), 5, /deals 0, 1, 0, 1, 1 samples/],
    [
      "a partition by class of two samples",
      { kind: "dirichlet", alpha: 0.01 },
      digits(2),
      3,
      /deals [\d, ]+/,
    ],
    [
      "a size too small for one sample",
      { kind: "quantity", sizes: [1, 999] },
      digits(10),
      2,
      /0, 10 samples/,
    ],
    ["fewer shards than devices", { kind: "shards", shardsPerPart: 1 }, digits(2), 4, /To 4 devices/],
  ];
  for (const [what, partition, train, devices, found] of withoutData) {
    it(`refuses ${what}, and says what each device gets`, () => {
      const error = thrown(() => checkTaskData(spec({ partition }), data(train), devices));
      expect(error.code).to.equal("DEVICE_WITHOUT_DATA");
      expect(error.details).to.match(found);
      // Who does not know how many devices there are cannot tell.
      checkTaskData(spec({ partition }), data(train));
    });
  }

  it("refuses to score anomalies without any, or without normal samples", () => {
    const model = { kind: "autoencoder", inputs: 64, hidden: [4] };
    const anomalies = spec({ dataset: { kind: "nab", window: 64 }, model });
    for (const labels of [
      [0, 0, 0],
      [1, 1],
    ]) {
      const error = thrown(() => checkTaskData(anomalies, data(samples([0], 2), samples(labels, 2))));
      expect(error.code).to.equal("NOTHING_TO_SCORE");
      expect(error.details).to.contain(
        `Of ${labels.length} held-out samples ${labels.filter(Boolean).length}`,
      );
    }
    checkTaskData(anomalies, data(samples([0], 2), samples([0, 1], 2)));
  });

  it("takes what gives every device a sample and can be scored", () => {
    checkTaskData(spec(), data(digits(5), samples([3])), 5);
  });
});
