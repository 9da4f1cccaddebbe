import { expect } from "chai";
import { type DatasetSpec, datasetSpecSchema } from "../../../../learning/datasets/DatasetSpec.ts";
import { loadTrainAndTest } from "../../../../learning/datasets/loadTrainAndTest.ts";
import { rejected } from "../../thrown.ts";
import { memoryFiles } from "./sharedData.ts";

const ppm = Uint8Array.of(...new TextEncoder().encode("P6\n9 9\n255\n"), ...new Uint8Array(9 * 9 * 3));
const scenes = {
  "gt.txt": "00005.ppm;1;1;8;8;40\n00899.ppm;1;1;8;8;3\n",
  "00005.ppm": ppm,
  "00899.ppm": ppm,
};
const times = Array.from({ length: 40 }, (_, i) => `2014-02-14 00:${String(i).padStart(2, "0")}:00`);
const series = {
  "data/real/a.csv": `timestamp,value\n${times.map((time, i) => `${time},${i}`).join("\n")}\n`,
  "labels/combined_windows.json": JSON.stringify({ "real/a.csv": [[times[0], times[39]]] }),
};
const nab = { kind: "nab", series: ["real/a"], window: 4, stride: 1 };
/** Files in MNIST's form with so many images. */
const images = (train: number, test: number) => {
  const idx = (...shape: number[]) => {
    const header = Uint8Array.of(0, 0, 8, shape.length, ...shape.flatMap((n) => [0, 0, 0, n]));
    return Uint8Array.of(...header, ...new Uint8Array(shape.reduce((product, n) => product * n, 1)));
  };
  return {
    "train-images-idx3-ubyte": idx(train, 28, 28),
    "train-labels-idx1-ubyte": idx(train),
    "t10k-images-idx3-ubyte": idx(test, 28, 28),
    "t10k-labels-idx1-ubyte": idx(test),
  };
};

describe("loadTrainAndTest", () => {
  const empty: [what: string, spec: object, files: Record<string, string | Uint8Array>, found: RegExp][] = [
    [
      "GTSDB with every scene to learn from",
      { kind: "gtsdb", trainScenes: 900 },
      scenes,
      /no sample held out\..*2 samples to learn from and 0 held out/s,
    ],
    [
      "GTSDB with no scene to learn from",
      { kind: "gtsdb", trainScenes: 1 },
      scenes,
      /no sample to learn from\..*0 samples to learn from and 2 held out/s,
    ],
    [
      "NAB with one window over the series",
      nab,
      series,
      /no sample to learn from\..*\b0 samples to learn from/s,
    ],
    [
      "IDX files without a training image",
      { kind: "fashion-mnist" },
      images(0, 2),
      /0 samples to learn from and 2/,
    ],
    [
      "IDX files without a test image",
      { kind: "fashion-mnist" },
      images(2, 0),
      /2 samples to learn from and 0/,
    ],
    [
      "IDX files without an image",
      { kind: "fashion-mnist" },
      images(0, 0),
      /no sample to learn from and none held out/,
    ],
  ];
  for (const [what, spec, files, found] of empty) {
    it(`refuses ${what}`, async () => {
      const parsed: DatasetSpec = datasetSpecSchema.parse(spec);
      const error = await rejected(loadTrainAndTest(parsed, memoryFiles(files)));
      expect(error.code).to.equal("DATASET_EMPTY");
      expect(error.message).to.match(found);
    });
  }

  it("gives what has samples on both sides", async () => {
    const spec = datasetSpecSchema.parse({ kind: "gtsdb" });
    const { train, test } = await loadTrainAndTest(spec, memoryFiles(scenes));
    expect([train.labels.length, test.labels.length]).to.deep.equal([1, 1]);
  });
});
