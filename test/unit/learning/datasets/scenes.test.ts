import { expect } from "chai";
import { encode } from "jpeg-js";
import { concatDatasets } from "../../../../learning/datasets/concatDatasets.ts";
import type { Dataset } from "../../../../learning/datasets/Dataset.ts";
import { datasetSpecSchema } from "../../../../learning/datasets/DatasetSpec.ts";
import { decodeDataset, encodeDataset } from "../../../../learning/datasets/datasetCodec.ts";
import { SIGN_CATEGORIES, signCategory } from "../../../../learning/datasets/gtsdbScenes.ts";
import { parseJpeg } from "../../../../learning/datasets/jpeg.ts";
import { loadTrainAndTest } from "../../../../learning/datasets/loadTrainAndTest.ts";
import { sceneDataset } from "../../../../learning/datasets/sceneDataset.ts";
import { sceneWindows } from "../../../../learning/datasets/sceneWindows.ts";
import { selectSamples } from "../../../../learning/datasets/selectSamples.ts";
import { sharedDataset } from "../../../../learning/datasets/sharedDataset.ts";
import { boxesOfSample } from "../../../../learning/detection/sampleBoxes.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../../protocol/BaseError.ts";
import { rejected } from "../../thrown.ts";
import { memoryFiles, sharedFiles } from "./sharedData.ts";

/** A PPM image in which every pixel is (column, row, 7) modulo 256. */
function ppm(width: number, height: number): Uint8Array {
  const header = new TextEncoder().encode(`P6\n${width} ${height}\n255\n`);
  const bytes = new Uint8Array(header.length + width * height * 3);
  bytes.set(header);
  for (let at = 0; at < width * height; at++) {
    bytes.set([(at % width) % 256, Math.floor(at / width) % 256, 7], header.length + at * 3);
  }
  return bytes;
}

/** A grey JPEG image. */
function jpeg(width: number, height: number): Uint8Array {
  return new Uint8Array(
    encode({ width, height, data: new Uint8Array(width * height * 4).fill(128) }, 90).data,
  );
}

const load = (
  samples: "scenes" | "half-scenes",
  files: Record<string, string | Uint8Array>,
  trainScenes = 600,
) => loadTrainAndTest(datasetSpecSchema.parse({ kind: "gtsdb", samples, trainScenes }), memoryFiles(files));
const boxes = ({ boxes: packed, labels }: Dataset, row: number) => boxesOfSample(packed!, labels.length, row);

describe("scenes of GTSDB", () => {
  it("have the published images at half size, and their boxes with the last row and column", async () => {
    const { train, test } = await load("scenes", {
      "gt.txt": "00700.ppm;10;20;29;39;14\n00003.ppm;0;0;1359;799;1\n00003.ppm;100;200;119;219;38\n",
      "00003.ppm": ppm(1360, 800),
      "00700.ppm": ppm(1360, 800),
    });
    expect([train.sampleShape, [...train.labels], [...train.clients!]]).to.deep.equal([
      [400, 680, 3],
      [0],
      [3],
    ]);
    expect(boxes(train, 0)).to.deep.equal([
      { box: { left: 0, top: 0, right: 680, bottom: 400 }, category: 0 },
      { box: { left: 50, top: 100, right: 60, bottom: 110 }, category: 1 },
    ]);
    expect(boxes(test, 0)).to.deep.equal([{ box: { left: 5, top: 10, right: 15, bottom: 20 }, category: 3 }]);
    // Columns 4 and 5, rows 6 and 7: means 4.5 and 6.5, rounded up.
    const at = (3 * 680 + 2) * 3;
    expect([...train.features.subarray(at, at + 3)]).to.deep.equal([5, 7, 7]);
  });

  it("are read from images of half size too, with the same boxes", async () => {
    const { train } = await load("half-scenes", {
      "boxes.csv":
        "image,x1,y1,x2,y2,class\n00003.jpg,50.0,100.0,59.5,109.5,38\n00004.jpg,5,10,14.5,19.5,14\n00700.jpg,5,10,14.5,19.5,14\n",
      "images/00003.jpg": jpeg(680, 400),
      "images/00004.jpg": jpeg(680, 400),
      "images/00700.jpg": jpeg(680, 400),
    });
    expect(boxes(train, 0)).to.deep.equal([
      { box: { left: 50, top: 100, right: 60, bottom: 110 }, category: 1 },
    ]);
    expect(train.features.subarray(0, 300).every((value) => Math.abs(value - 128) <= 1)).to.equal(true);
  });

  it("have the categories of the ReadMe for all 43 classes", () => {
    const counts = SIGN_CATEGORIES.map(() => 0);
    for (let signClass = 0; signClass < 43; signClass++) counts[signCategory(signClass)]!++;
    expect(counts).to.deep.equal([12, 8, 15, 8]);
    expect([11, 12, 17, 18, 33, 6].map((c) => SIGN_CATEGORIES[signCategory(c)])).to.deep.equal([
      "danger",
      "other",
      "other",
      "danger",
      "mandatory",
      "other",
    ]);
  });

  const header = "image,x1,y1,x2,y2,class";
  const damaged: [
    what: string,
    code: string,
    samples: "scenes" | "half-scenes",
    files: Record<string, string | Uint8Array>,
  ][] = [
    ["another header", "SIGN_HEADER", "half-scenes", { "boxes.csv": "image;x1\n" }],
    ["too few columns", "DATA_COLUMNS", "half-scenes", { "boxes.csv": `${header}\n00000.jpg,1,2,3,4\n` }],
    ["no number", "DATA_VALUE", "half-scenes", { "boxes.csv": `${header}\n00000.jpg,1,2,3,x,5\n` }],
    ["half a class", "DATA_VALUE", "half-scenes", { "boxes.csv": `${header}\n00000.jpg,1,2,3,4,5.5\n` }],
    ["class 43", "DATA_VALUE", "half-scenes", { "boxes.csv": `${header}\n00000.jpg,1,2,3,4,43\n` }],
    ["an empty box", "DATA_VALUE", "half-scenes", { "boxes.csv": `${header}\n00000.jpg,9,2,3,4,5\n` }],
    ["no scene", "GTSDB_SCENE", "half-scenes", { "boxes.csv": `${header}\nroad.jpg,1,2,3,4,5\n` }],
    [
      "a damaged image",
      "JPEG_FORMAT",
      "half-scenes",
      {
        "boxes.csv": `${header}\n00000.jpg,1,2,3,4,5\n`,
        "images/00000.jpg": jpeg(680, 400).subarray(0, 300),
      },
    ],
    [
      "an image of another size",
      "GTSDB_SCENE",
      "half-scenes",
      { "boxes.csv": `${header}\n00000.jpg,1,2,3,4,5\n`, "images/00000.jpg": jpeg(64, 40) },
    ],
    ["an odd image", "GTSDB_SCENE", "scenes", { "gt.txt": "00000.ppm;1;1;2;2;5\n", "00000.ppm": ppm(5, 4) }],
    [
      "a box beyond the image",
      "SIGN_BOX",
      "scenes",
      { "gt.txt": "00000.ppm;1;1;1360;2;5\n", "00000.ppm": ppm(1360, 800) },
    ],
  ];
  for (const [what, code, samples, files] of damaged) {
    it(`refuse ${what}`, async () => {
      const error = await rejected(load(samples, files));
      expect(error).to.be.instanceOf(BaseError);
      expect((error as BaseError).code).to.equal(code);
    });
  }

  it("are the real ones, with all their signs", async function () {
    const read = sharedFiles(this, "gtsdb");
    const some = (await read("boxes.csv")).subarray(0, 900);
    const cut = new TextDecoder().decode(some).split("\n").slice(0, -1);
    const { train, test } = await loadTrainAndTest(
      datasetSpecSchema.parse({ kind: "gtsdb", samples: "half-scenes", trainScenes: 10 }),
      async (file) => (file === "boxes.csv" ? new TextEncoder().encode(cut.join("\n")) : read(file)),
    );
    const all = concatDatasets([train, test]);
    const found = Array.from(all.labels, (_, row) => boxes(all, row).length).reduce(
      (sum, count) => sum + count,
      0,
    );
    expect(found).to.equal(cut.length - 1);
    // The first sign of 00000.jpg, row 2 of the file.
    expect(boxes(all, 0)[0]).to.deep.equal({
      box: { left: 387, top: 205.5, right: 408, bottom: 223.5 },
      category: SIGN_CATEGORIES.indexOf("danger"),
    });
  });
});

describe("parseJpeg", () => {
  it("refuses what is no JPEG image, or not all of one", () => {
    const whole = jpeg(16, 16);
    expect(parseJpeg("a.jpg", whole).pixels).to.have.length(16 * 16 * 3);
    for (const bytes of [new Uint8Array(), Uint8Array.of(1, 2, 3), whole.subarray(0, 40)]) {
      expect(() => parseJpeg("a.jpg", bytes))
        .to.throw(BaseError)
        .with.property("code", "JPEG_FORMAT");
    }
  });
});

describe("sceneWindows", () => {
  const [width, height] = [80, 64];
  /** Two scenes, grey but for their objects. */
  const scenes = sceneDataset(
    [
      [{ box: { left: 10, top: 12, right: 22, bottom: 24 }, category: 1 }],
      [
        { box: { left: 60, top: 40, right: 78, bottom: 62 }, category: 0 },
        { box: { left: 0, top: 0, right: 8, bottom: 8 }, category: 2 },
      ],
    ].map((objects, client) => {
      const pixels = new Uint8Array(width * height * 3).fill(100);
      for (const { box, category } of objects) {
        for (let y = box.top; y < box.bottom; y++) {
          for (let x = box.left; x < box.right; x++) pixels[(y * width + x) * 3 + category] = 250;
        }
      }
      return { pixels, objects, client: 40 + client };
    }),
    [height, width, 3],
    3,
  );
  const options = { size: 32, aroundObjects: 5, anywhere: 3, sides: [28, 48] } as const;
  const windows = sceneWindows(scenes, options, new SeededRandom(1));

  it("cuts as many as asked for, the same for the same draws", () => {
    expect([...windows.clients!].filter((client) => client === 40)).to.have.length(8);
    expect([...windows.clients!].filter((client) => client === 41)).to.have.length(13);
    expect(sceneWindows(scenes, options, new SeededRandom(1))).to.deep.equal(windows);
    expect(sceneWindows(scenes, options, new SeededRandom(2))).to.not.deep.equal(windows);
  });

  it("has every box where the window shows the object, mirrored or not", () => {
    let seen = 0;
    for (let row = 0; row < windows.labels.length; row++) {
      const pixels = windows.features.subarray(row * 32 * 32 * 3, (row + 1) * 32 * 32 * 3);
      for (const { box, category } of boxes(windows, row)) {
        seen++;
        for (let y = 0; y < 32; y++) {
          for (let x = 0; x < 32; x++) {
            const isInside = x >= box.left && x + 1 <= box.right && y >= box.top && y + 1 <= box.bottom;
            const isOutside = x + 1 <= box.left || x >= box.right || y + 1 <= box.top || y >= box.bottom;
            const value = pixels[(y * 32 + x) * 3 + category]!;
            if (isInside) expect(value).to.equal(250);
            if (isOutside) expect(value).to.equal(100);
          }
        }
      }
    }
    expect(seen).to.be.at.least(15);
  });

  it("labels a window by its largest object, and one without any by the last class", () => {
    for (const [row, label] of windows.labels.entries()) {
      const found = boxes(windows, row).map(({ category }) => category);
      if (found.length === 0) expect(label).to.equal(3);
      else expect(found).to.include(label);
    }
    expect([...windows.labels]).to.include(3);
  });

  it("refuses samples without boxes, and windows larger than a scene", () => {
    for (const [wrong, sides] of [
      [{ ...scenes, boxes: undefined }, [28, 48]],
      [scenes, [28, 65]],
      [scenes, [0, 5]],
      [scenes, [9, 5]],
    ] as const) {
      expect(() => sceneWindows(wrong, { ...options, sides }, new SeededRandom(1)))
        .to.throw(BaseError)
        .with.property("code", "SCENE_WINDOW");
    }
  });

  it("keeps boxes with their samples when they are chosen, joined, shared and stored", () => {
    const rows = [4, 0, 9];
    const chosen = selectSamples(windows, rows);
    for (const [row, from] of rows.entries()) expect(boxes(chosen, row)).to.deep.equal(boxes(windows, from));
    // The other has fewer boxes a sample at most.
    const lonely = selectSamples(scenes, [0]);
    const joined = concatDatasets([
      selectSamples(scenes, [1]),
      { ...lonely, boxes: lonely.boxes!.slice(0, 5) },
    ]);
    expect([0, 1].map((row) => boxes(joined, row))).to.deep.equal([boxes(scenes, 1), boxes(scenes, 0)]);
    expect(sharedDataset(windows)).to.deep.equal(windows);
    expect(decodeDataset(encodeDataset(windows))).to.deep.equal(windows);
    const none = selectSamples(windows, []);
    expect(decodeDataset(encodeDataset(none))).to.deep.equal(none);
  });

  it("refuses a data set whose boxes cannot be", () => {
    const change = (boxes_: Float32Array) => () => encodeDataset({ ...windows, boxes: boxes_ });
    const changed = (at: number, value: number) => {
      const copy = windows.boxes!.slice();
      copy[at] = value;
      return copy;
    };
    for (const wrong of [
      windows.boxes!.subarray(1),
      changed(0, Number.NaN),
      changed(2, 33),
      changed(3, 0),
      changed(4, 3),
      changed(4, 0.5),
    ]) {
      expect(change(wrong)).to.throw(BaseError).with.property("code", "DATASET_BOX");
    }
  });
});
