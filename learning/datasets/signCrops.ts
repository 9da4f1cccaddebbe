import { decodeText } from "../../files/decodeText.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Box } from "../detection/Box.ts";
import { assertDataset, type Dataset } from "./Dataset.ts";
import { cellError, columnCountError } from "./dataTable.ts";
import { parseImage } from "./parseImage.ts";
import { resizedCrop } from "./resizedCrop.ts";

/** Classes of German traffic signs in GTSRB and GTSDB. */
export const SIGN_CLASSES = 43;

/** One sign as an annotation file tells it. */
export interface SignAnnotation {
  /** The row of the annotation, from 1. */
  readonly row: number;
  /** As the file names it. */
  readonly image: string;
  readonly box: Box;
  readonly label: number;
}

/** Where an annotation file has its columns. */
export interface AnnotationColumns {
  /** The header, where the format has one. */
  readonly header?: string;
  readonly names: readonly string[];
}

const WHOLE = /^\d{1,5}$/;

/**
 * Parses annotations parted by semicolons: GTSRB's GT-*.csv or GTSDB's gt.txt.
 * The last row and column of a box belong to the sign.
 *
 * @param columns - Their names in order; `image`, `left`, `top`, `right`, `bottom` and `class` are taken.
 * @throws BaseError `NOT_TEXT`, `DATA_COLUMNS`, `DATA_VALUE` or `SIGN_HEADER`.
 */
export function parseAnnotations(
  file: string,
  bytes: Uint8Array,
  { header, names }: AnnotationColumns,
): SignAnnotation[] {
  const lines = decodeText(bytes, file).trimEnd().split(/\r?\n/);
  if (header !== undefined && lines.shift() !== header) {
    throw new BaseError("SIGN_HEADER", `${file} does not begin with its header.`, {
      details: `Wanted is ${JSON.stringify(header)}.`,
      next: "Take the file as published; the one of the test images without ClassId does not do.",
    });
  }
  const firstRow = header === undefined ? 1 : 2;
  return lines.map((line, i) => {
    const row = firstRow + i;
    const cells = line.split(";");
    if (cells.length !== names.length) throw columnCountError(file, row, cells.length, names.length);
    const number = (column: string, below = 100_000): number => {
      const value = cells[names.indexOf(column)]!;
      if (WHOLE.test(value) && Number(value) < below) return Number(value);
      throw cellError({ file, row, column, value, wanted: `a whole number below ${below}` });
    };
    const box = {
      left: number("left"),
      top: number("top"),
      right: number("right") + 1,
      bottom: number("bottom") + 1,
    };
    if (box.left >= box.right || box.top >= box.bottom) {
      const value = cells.join(";");
      throw cellError({
        file,
        row,
        column: "right",
        value,
        wanted: "the end of a box that begins left of and above it",
      });
    }
    return { row, image: cells[names.indexOf("image")]!, box, label: number("class", SIGN_CLASSES) };
  });
}

/** Collects signs cut out of images, all resized to size × size pixels in colour. */
export class SignCrops {
  readonly #size: number;
  readonly #crops: Uint8Array[] = [];
  readonly #labels: number[] = [];
  readonly #clients: number[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /**
   * Cuts the signs out of one image.
   *
   * @param signs - Each with its client.
   * @throws BaseError `SIGN_BOX` for a box that is not within the image, and the errors of `parseImage`.
   */
  add(
    file: string,
    image: Uint8Array,
    signs: readonly { annotation: SignAnnotation; client: number }[],
  ): void {
    const parsed = parseImage(file, image);
    for (const { annotation, client } of signs) {
      const { box, label, row } = annotation;
      if (box.right > parsed.width || box.bottom > parsed.height) {
        throw new BaseError("SIGN_BOX", `A sign is not within its image ${file}.`, {
          details: `Row ${row} of the annotations ends at column ${box.right} and row ${box.bottom} of an image of ${parsed.width} × ${parsed.height}.`,
          next: "Take images and annotations of the same release.",
        });
      }
      this.#crops.push(resizedCrop(parsed, box, this.#size));
      this.#labels.push(label);
      this.#clients.push(client);
    }
  }

  /** Takes an image for one sign, of which nothing more is known than its label, if at all. */
  addWhole(file: string, image: Uint8Array, label = 0): void {
    const { width, height } = parseImage(file, image);
    const box = { left: 0, top: 0, right: width, bottom: height };
    this.add(file, image, [{ annotation: { row: 0, image: file, box, label }, client: 0 }]);
  }

  dataset(): Dataset {
    const size = this.#size;
    const width = size * size * 3;
    const features = new Uint8Array(this.#crops.length * width);
    for (const [row, crop] of this.#crops.entries()) features.set(crop, row * width);
    const dataset = {
      features,
      sampleShape: [size, size, 3],
      scale: 1 / 255,
      labels: Uint8Array.from(this.#labels),
      classes: SIGN_CLASSES,
      clients: Uint32Array.from(this.#clients),
    };
    assertDataset(dataset);
    return dataset;
  }
}
