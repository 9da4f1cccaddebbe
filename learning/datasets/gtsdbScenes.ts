import { decodeText } from "../../files/decodeText.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { LabelledBox } from "../detection/Detection.ts";
import { cellError, columnCountError } from "./dataTable.ts";
import { parseJpeg } from "./jpeg.ts";
import { parsePpm, type RgbImage } from "./ppm.ts";
import type { ReadFile } from "./SampleReader.ts";
import { parseAnnotations, SIGN_CLASSES } from "./signCrops.ts";

/**
 * What the signs of GTSDB are told apart by: the four categories that its ReadMe gives
 * its 43 classes. Three of them are those of the benchmark's competition; the fourth
 * holds what has a shape of its own, such as priority road and stop. The classes
 * themselves are too rare for a detector of a few hundred scenes: most have fewer than
 * twenty signs.
 */
export const SIGN_CATEGORIES = ["prohibitory", "mandatory", "danger", "other"] as const;

/** Classes of each category, after ReadMe.txt; the rest are "other". */
const CLASSES_OF: readonly (readonly number[])[] = [
  [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 16],
  [33, 34, 35, 36, 37, 38, 39, 40],
  [11, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31],
];

/** Category of a class of signs: an index of {@link SIGN_CATEGORIES}. */
export function signCategory(signClass: number): number {
  const category = CLASSES_OF.findIndex((classes) => classes.includes(signClass));
  return category === -1 ? SIGN_CATEGORIES.length - 1 : category;
}

/** A road scene with its signs. */
export interface SignScene {
  /** 0 to 899, as GTSDB numbers it. */
  readonly number: number;
  readonly image: RgbImage;
  /** In pixels of the image; categories of {@link SIGN_CATEGORIES}. */
  readonly signs: readonly LabelledBox[];
}

/**
 * In which form the files are.
 *
 * - `published`: `gt.txt` and `00000.ppm` …, 1360 × 800, as the benchmark publishes them;
 * - `half`: `boxes.csv` and `images/00000.jpg` …, 680 × 400, with the boxes in those pixels.
 */
export type SceneFiles = "published" | "half";

/** Width and height of a scene after loading, pixels. */
export const SCENE_SIZE = { width: 680, height: 400 } as const;

const COLUMNS = ["image", "x1", "y1", "x2", "y2", "class"];
const NUMBER = /^\d{1,4}(\.\d{1,3})?$/;
const SCENE = { published: /^(\d{5})\.ppm$/, half: /^(\d{5})\.jpg$/ } as const;

/** A row of either annotation file, in pixels of half size. */
interface Sign extends LabelledBox {
  readonly row: number;
  readonly image: string;
}

/**
 * The scenes of the German Traffic Sign Detection Benchmark (Houben, Stallkamp,
 * Salmen, Schlipsing, Igel 2013) that have signs, at half their size: signs of 16 to
 * 128 pixels are then 8 to 64. Published images are shrunk by averaging four pixels.
 *
 * @param read - Reads the files.
 * @returns In the order of their numbers.
 * @throws BaseError `GTSDB_SCENE`, `SIGN_BOX`, `SIGN_HEADER`, `DATA_COLUMNS`, `DATA_VALUE`, and the errors of `read`,
 * `parsePpm` and `parseJpeg`.
 */
export async function loadGtsdbScenes(files: SceneFiles, read: ReadFile): Promise<SignScene[]> {
  const annotations = files === "published" ? "gt.txt" : "boxes.csv";
  const bytes = await read(annotations);
  const signs = files === "published" ? publishedSigns(annotations, bytes) : halfSigns(annotations, bytes);
  const scenes: SignScene[] = [];
  for (const [name, ofScene] of [...Map.groupBy(signs, ({ image }) => image)].sort()) {
    const number = SCENE[files].exec(name)?.[1];
    if (number === undefined) {
      throw new BaseError("GTSDB_SCENE", `${annotations}, row ${ofScene[0]!.row} does not name a scene.`, {
        details: `It names ${JSON.stringify(name)}; a scene is called like ${files === "published" ? "00000.ppm" : "00000.jpg"}.`,
      });
    }
    const image =
      files === "published"
        ? halved(name, parsePpm(name, await read(name)))
        : parseJpeg(name, await read(`images/${name}`));
    const { width, height } = SCENE_SIZE;
    if (image.width !== width || image.height !== height) {
      throw new BaseError("GTSDB_SCENE", `${name} does not have the size of a scene.`, {
        details: `At half size it has ${image.width} × ${image.height} pixels, a scene has ${width} × ${height}.`,
        next: "Take images and annotations of the same release.",
      });
    }
    const outside = ofScene.find(({ box }) => box.right > width || box.bottom > height);
    if (outside !== undefined) {
      throw new BaseError("SIGN_BOX", `A sign is not within its image ${name}.`, {
        details: `Row ${outside.row} of the annotations ends at column ${outside.box.right} and row ${outside.box.bottom} of half size.`,
        next: "Take images and annotations of the same release.",
      });
    }
    scenes.push({
      number: Number(number),
      image,
      signs: ofScene.map(({ box, category }) => ({ box, category })),
    });
  }
  return scenes;
}

function publishedSigns(file: string, bytes: Uint8Array): Sign[] {
  const names = ["image", "left", "top", "right", "bottom", "class"];
  return parseAnnotations(file, bytes, { names }).map(({ row, image, box, label }) => ({
    row,
    image,
    box: { left: box.left / 2, top: box.top / 2, right: box.right / 2, bottom: box.bottom / 2 },
    category: signCategory(label),
  }));
}

function halfSigns(file: string, bytes: Uint8Array): Sign[] {
  const lines = decodeText(bytes, file).trimEnd().split(/\r?\n/);
  if (lines.shift() !== COLUMNS.join()) {
    throw new BaseError("SIGN_HEADER", `${file} does not begin with its header.`, {
      details: `Wanted is ${JSON.stringify(COLUMNS.join())}.`,
    });
  }
  return lines.map((line, i) => {
    const row = i + 2;
    const cells = line.split(",");
    if (cells.length !== COLUMNS.length) throw columnCountError(file, row, cells.length, COLUMNS.length);
    const number = (column: string): number => {
      const value = cells[COLUMNS.indexOf(column)]!;
      if (NUMBER.test(value)) return Number(value);
      throw cellError({ file, row, column, value, wanted: "a number of pixels" });
    };
    // As in gt.txt, the last row and column belong to the sign: half a pixel of half size.
    const box = {
      left: number("x1"),
      top: number("y1"),
      right: number("x2") + 0.5,
      bottom: number("y2") + 0.5,
    };
    if (box.left >= box.right || box.top >= box.bottom) {
      const wanted = "the end of a box that begins left of and above it";
      throw cellError({ file, row, column: "x2", value: line, wanted });
    }
    const signClass = number("class");
    if (!Number.isInteger(signClass) || signClass >= SIGN_CLASSES) {
      throw cellError({
        file,
        row,
        column: "class",
        value: cells[5]!,
        wanted: `a whole number below ${SIGN_CLASSES}`,
      });
    }
    return { row, image: cells[0]!, box, category: signCategory(signClass) };
  });
}

/** An image of half the width and height, each pixel the mean of four, rounded half up. */
export function halved(file: string, { width, height, pixels }: RgbImage): RgbImage {
  if (width % 2 !== 0 || height % 2 !== 0) {
    throw new BaseError("GTSDB_SCENE", `${file} cannot be halved: it has ${width} × ${height} pixels.`);
  }
  const half = { width: width / 2, height: height / 2 };
  const means = new Uint8Array(half.width * half.height * 3);
  for (let y = 0; y < half.height; y++) {
    for (let x = 0; x < half.width; x++) {
      const source = (2 * y * width + 2 * x) * 3;
      for (let colour = 0; colour < 3; colour++) {
        const upper = pixels[source + colour]! + pixels[source + 3 + colour]!;
        const lower = pixels[source + width * 3 + colour]! + pixels[source + width * 3 + 3 + colour]!;
        means[(y * half.width + x) * 3 + colour] = (upper + lower + 2) >> 2;
      }
    }
  }
  return { ...half, pixels: means };
}
