import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { Resvg } from "@resvg/resvg-js";
import { expect } from "chai";

import { gtsdb } from "../../../../learning/datasets/gtsdb.ts";
import { gtsrb } from "../../../../learning/datasets/gtsrb.ts";
import { parsePpm } from "../../../../learning/datasets/ppm.ts";
import { resizedCrop } from "../../../../learning/datasets/resizedCrop.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../../protocol/BaseError.ts";
import { memoryFiles, sharedFiles, sharedFolder } from "./sharedData.ts";

/** A PPM image from its pixels, row by row. */
function ppm(
  width: number,
  height: number,
  pixels: ArrayLike<number>,
  header = `P6\n${width} ${height}\n255\n`,
) {
  return Uint8Array.of(...new TextEncoder().encode(header), ...Array.from(pixels));
}

/** An image of one colour with a box of another. */
function withBox(width: number, height: number, [x1, y1, x2, y2]: number[], colour: number[]): Uint8Array {
  const pixels = new Uint8Array(width * height * 3).fill(10);
  for (let y = y1!; y <= y2!; y++) {
    for (let x = x1!; x <= x2!; x++) pixels.set(colour, (y * width + x) * 3);
  }
  return ppm(width, height, pixels);
}

describe("parsePpm", () => {
  const pixels = [1, 2, 3, 4, 5, 6];

  it("reads an image, also with comments and other white space", () => {
    for (const header of ["P6\n2 1\n255\n", "P6 2\t1 255\n", "P6\n# made by hand\n2 # wide\n1\n255\n"]) {
      const image = parsePpm("x.ppm", ppm(2, 1, pixels, header));
      expect([image.width, image.height]).to.deep.equal([2, 1]);
      expect([...image.pixels]).to.deep.equal(pixels);
    }
  });

  it("takes a first pixel that looks like white space", () => {
    expect([...parsePpm("x.ppm", ppm(1, 1, [10, 32, 35])).pixels]).to.deep.equal([10, 32, 35]);
  });

  const damaged: [string, string, Uint8Array][] = [
    ["nothing", "PPM_MAGIC", new Uint8Array()],
    ["a JPEG image", "PPM_MAGIC", Uint8Array.of(0xff, 0xd8, 0xff)],
    ["a text image", "PPM_MAGIC", new TextEncoder().encode("P3\n1 1\n255\n1 2 3")],
    ["a cut header", "PPM_TRUNCATED", new TextEncoder().encode("P6\n2 1")],
    ["an endless comment", "PPM_TRUNCATED", new TextEncoder().encode("P6\n# 2 1 255")],
    ["no width", "PPM_HEADER", ppm(2, 1, pixels, "P6\nx 1\n255\n")],
    ["no height", "PPM_HEADER", ppm(2, 1, pixels, "P6\n2 0\n255\n")],
    ["a side of a million", "PPM_HEADER", ppm(2, 1, pixels, "P6\n1000000 1\n255\n")],
    ["other colours", "PPM_HEADER", ppm(2, 1, pixels, "P6\n2 1\n15\n")],
    ["too few pixels", "PPM_TRUNCATED", ppm(2, 1, pixels.slice(1))],
    ["too many pixels", "PPM_TRAILING_BYTES", ppm(2, 1, [...pixels, 0])],
  ];
  for (const [what, code, bytes] of damaged) {
    it(`refuses ${what}`, () => {
      expect(() => parsePpm("x.ppm", bytes))
        .to.throw(BaseError, /x\.ppm/)
        .with.property("code", code);
    });
  }
});

describe("resizedCrop", () => {
  const grey = (values: number[]) => values.flatMap((value) => [value, value, value]);
  const image = { width: 4, height: 2, pixels: Uint8Array.from(grey([0, 10, 20, 30, 40, 50, 60, 70])) };

  it("keeps a crop of the same size as it is", () => {
    const crop = resizedCrop(image, { left: 1, top: 0, right: 3, bottom: 2 }, 2);
    expect([...crop]).to.deep.equal(grey([10, 20, 50, 60]));
  });

  it("averages what a pixel covers, and repeats what covers several", () => {
    expect([...resizedCrop(image, { left: 0, top: 0, right: 4, bottom: 2 }, 1)]).to.deep.equal(grey([35]));
    // Pixels of 4/3 × 2/3: the middle one is ⅔ of 10 and ⅔ of 20, the right one ⅓ of 20 and 1 of 30.
    const wide = resizedCrop(image, { left: 0, top: 0, right: 4, bottom: 2 }, 3);
    expect([wide[3], wide[6]]).to.deep.equal([15, 28]);
    expect([...resizedCrop(image, { left: 3, top: 1, right: 4, bottom: 2 }, 2)]).to.deep.equal(
      grey([70, 70, 70, 70]),
    );
  });

  it("rounds the exact mean, halves up, in every size", () => {
    const side = 90;
    const random = new SeededRandom(1, "picture");
    const picture = Uint8Array.from({ length: side * side * 3 }, () => 256 * random.uniform());
    for (const [size, width, height] of [
      [30, 72, 44],
      [48, 17, 80],
      [9, 75, 21],
      [32, 61, 53],
    ] as const) {
      const box = { left: 5, top: 3, right: 5 + width, bottom: 3 + height };
      const crop = resizedCrop({ width: side, height: side, pixels: picture }, box, size);
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          let sum = 0n;
          for (let row = 0; row < height; row++) {
            const tall = Math.min((y + 1) * height, (row + 1) * size) - Math.max(y * height, row * size);
            for (let column = 0; tall > 0 && column < width; column++) {
              const wide =
                Math.min((x + 1) * width, (column + 1) * size) - Math.max(x * width, column * size);
              if (wide > 0) sum += BigInt(tall * wide * picture[((row + 3) * side + column + 5) * 3]!);
            }
          }
          const area = BigInt(width * height);
          expect(crop[(y * size + x) * 3]).to.equal(Number((2n * sum + area) / (2n * area)));
        }
      }
    }
  });
});

describe("gtsrb", () => {
  const header = "Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId\r\n";
  const folder = (label: number) => `Final_Training/Images/${String(label).padStart(5, "0")}`;
  const files: Record<string, string | Uint8Array> = {
    "GT-final_test.csv": `${header}00000.ppm;20;20;2;3;9;10;16\r\n`,
    "Final_Test/Images/00000.ppm": withBox(20, 20, [2, 3, 9, 10], [200, 0, 0]),
  };
  for (let label = 0; label < 43; label++) {
    // Two images of one sign, one of another.
    const names = ["00000_00000.ppm", "00000_00001.ppm", "00001_00000.ppm"];
    files[`${folder(label)}/GT-${String(label).padStart(5, "0")}.csv`] =
      header + names.map((name) => `${name};12;12;1;1;8;8;${label}`).join("\r\n");
    for (const name of names)
      files[`${folder(label)}/${name}`] = withBox(12, 12, [1, 1, 8, 8], [label, 5, 6]);
  }
  const spec = gtsrb.schema.parse({ kind: "gtsrb", size: 8 });

  it("cuts out every sign and knows which images show the same one", async () => {
    const { train, test } = await gtsrb.load(spec, memoryFiles(files));
    expect(train.sampleShape).to.deep.equal([8, 8, 3]);
    expect(train.labels.length).to.equal(43 * 3);
    expect([...train.clients!.subarray(0, 6)]).to.deep.equal([0, 0, 1, 2, 2, 3]);
    expect([...train.features.subarray(3 * 192, 3 * 192 + 6)]).to.deep.equal([1, 5, 6, 1, 5, 6]);
    expect([...test.labels]).to.deep.equal([16]);
    expect(new Set(test.features)).to.deep.equal(new Set([200, 0]));
  });

  const refused: [string, string, string][] = [
    ["SIGN_HEADER", "the test file without classes", "Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2\n"],
    ["DATA_COLUMNS", "a row without a class", `${header}00000.ppm;20;20;2;3;9;10`],
    ["DATA_VALUE", "a class that does not exist", `${header}00000.ppm;20;20;2;3;9;10;43`],
    ["DATA_VALUE", "a box that ends before it begins", `${header}00000.ppm;20;20;9;3;2;10;1`],
    ["DATA_VALUE", "a box of words", `${header}00000.ppm;20;20;left;3;2;10;1`],
    ["SIGN_BOX", "a box that leaves its image", `${header}00000.ppm;20;20;2;3;20;10;1`],
  ];
  for (const [code, what, csv] of refused) {
    it(`refuses ${what}`, async () => {
      const read = memoryFiles({ ...files, "GT-final_test.csv": csv });
      const error = await gtsrb.load(spec, read).catch((reason) => reason);
      expect(error).to.be.instanceOf(BaseError).with.property("code", code);
    });
  }
});

describe("gtsdb", () => {
  it("cuts signs out of scenes and splits by scene", async () => {
    const files = {
      "gt.txt": "00001.ppm;1;1;8;8;40\n00001.ppm;9;0;11;2;7\n00700.ppm;0;0;7;7;3\n",
      "00001.ppm": withBox(12, 12, [1, 1, 8, 8], [1, 2, 3]),
      "00700.ppm": withBox(9, 9, [0, 0, 7, 7], [4, 5, 6]),
    };
    const { train, test } = await gtsdb.load(
      gtsdb.schema.parse({ kind: "gtsdb", size: 8 }),
      memoryFiles(files),
    );
    expect([...train.labels]).to.deep.equal([40, 7]);
    expect([...train.clients!]).to.deep.equal([1, 1]);
    expect([...test.labels]).to.deep.equal([3]);
    expect([...test.features.subarray(0, 3)]).to.deep.equal([4, 5, 6]);
  });

  it("refuses a scene of another name", async () => {
    const read = memoryFiles({ "gt.txt": "../secret;1;1;8;8;40\n" });
    const error = await gtsdb.load(gtsdb.schema.parse({ kind: "gtsdb" }), read).catch((reason) => reason);
    expect(error).to.have.property("code", "GTSDB_SCENE");
  });

  it("cuts the signs of real scenes", async function () {
    this.timeout(60_000);
    const shared = sharedFiles(this, "gtsdb");
    const scenes = (await readdir(join(sharedFolder("gtsdb"), "images"))).slice(0, 60);
    // The scenes are there as JPEG images of half the size, their boxes in a table of their own.
    const boxes = new TextDecoder()
      .decode(await shared("boxes.csv"))
      .trim()
      .split("\n")
      .slice(1);
    const annotations = boxes
      .map((line) => line.split(","))
      .filter(([image]) => scenes.includes(image!))
      .map(([image, x1, y1, x2, y2, label]) =>
        [image!.replace(".jpg", ".ppm"), ...[x1, y1, x2, y2].map((at) => Math.floor(Number(at))), label].join(
          ";",
        ),
      );
    const read = async (file: string) => {
      if (file === "gt.txt") return new TextEncoder().encode(annotations.join("\n"));
      const jpeg = await readFile(join(sharedFolder("gtsdb"), "images", file.replace(".ppm", ".jpg")));
      const href = `data:image/jpeg;base64,${jpeg.toString("base64")}`;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="680" height="400"><image width="680" height="400" href="${href}"/></svg>`;
      const rgba = new Resvg(svg).render().pixels;
      const rgb = new Uint8Array(680 * 400 * 3);
      for (let i = 0; i < 680 * 400; i++) rgb.set(rgba.subarray(4 * i, 4 * i + 3), 3 * i);
      const header = new TextEncoder().encode("P6\n680 400\n255\n");
      const image = new Uint8Array(header.length + rgb.length);
      image.set(header);
      image.set(rgb, header.length);
      return image;
    };
    const { train, test } = await gtsdb.load(
      gtsdb.schema.parse({ kind: "gtsdb", size: 16, trainScenes: Number(scenes[40]!.slice(0, 5)) }),
      read,
    );
    expect(train.labels.length + test.labels.length).to.equal(annotations.length);
    // A stop sign, class 14, is redder than a mandatory one, classes 33 to 40, which is blue.
    const redness = (from: number, to: number) => {
      const rows = [...train.labels.keys()].filter(
        (row) => train.labels[row]! >= from && train.labels[row]! <= to,
      );
      let sum = 0;
      for (const row of rows) {
        for (let pixel = row * 768; pixel < (row + 1) * 768; pixel += 3) {
          sum += train.features[pixel]! - train.features[pixel + 2]!;
        }
      }
      return sum / (rows.length * 256);
    };
    expect(redness(0, 10)).to.be.greaterThan(redness(33, 40) + 10);
  });
});
