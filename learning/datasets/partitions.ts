import { z } from "zod";
import { decodeText } from "../../files/decodeText.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { shareOf, shareSchema } from "../../numerics/Share.ts";
import { shuffle } from "../../numerics/shuffle.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { COLUMN_FORMATS, columnTable } from "./columnTable.ts";
import { concatDatasets } from "./concatDatasets.ts";
import { assertDataset, type Dataset } from "./Dataset.ts";
import { defineDatasetKind } from "./DatasetKind.ts";
import { cellError, decimalNumber } from "./dataTable.ts";
import { parseJpeg } from "./jpeg.ts";
import type { NpyNumbers } from "./npy.ts";
import { isNpzTable, type NpzTable } from "./npzTable.ts";
import { isPng, parsePng } from "./png.ts";
import { rowsOf } from "./rows.ts";
import type { ReadFile } from "./SampleReader.ts";
import { numberedNames } from "./SampleReader.ts";
import { selectSamples } from "./selectSamples.ts";
import type { TableColumns } from "./TableColumns.ts";

const MOST_PARTITIONS = 100_000;
/** Most numbers of all samples together: what one array holds. */
const MOST_NUMBERS = 2 ** 31 - 1;
/** Most files of a partition. */
const MOST_SHARDS = 10_000;

const column = z.string().min(1).max(200).describe("The column's name.");

const schema = z
  .strictObject({
    kind: z
      .literal("partitions")
      .describe("Partitions as users of Flower have them on disk: each is a natural client."),
    folder: z
      .string()
      .max(200)
      .regex(/^(?!\.{1,2}$)[^/\\]+$/, "a folder's name")
      .optional()
      .describe(
        "Folder with them in the folder partitions of the data directory; that one itself unless given.",
      ),
    count: z.int().min(1).max(MOST_PARTITIONS).describe("How many there are, from partition_0 on."),
    format: z
      .enum(COLUMN_FORMATS)
      .default("arrow")
      .describe(
        "`arrow`: folders partition_0, …, as `flwr-datasets create` and `save_to_disk` write them; `parquet`, `csv` or `npz` (NumPy's arrays, a column each): files partition_0.parquet, …",
      ),
    names: z
      .string()
      .max(200)
      .regex(/^(?!\.)[^/\\*]*\*[^/\\*]*$/, "a name with one * for the number")
      .optional()
      .describe("What they are called, with * for the number: `client_*`; `partition_*` unless given."),
    image: z
      .strictObject({
        column,
        height: z.int().min(1).max(4096).describe("Pixels."),
        width: z.int().min(1).max(4096).describe("Pixels."),
        channels: z
          .union([z.literal(1), z.literal(3)])
          .default(1)
          .describe("1 for grey, 3 for colour."),
      })
      .optional()
      .describe(
        "Samples are images, PNG or JPEG, in a column; of `npz` an array of pixels, rows × height × width, and × channels for colour. Either this or `features`.",
      ),
    features: z
      .array(
        z.strictObject({
          column,
          length: z
            .int()
            .min(1)
            .max(1_000_000)
            .default(1)
            .describe("Numbers of a cell: 1, or those of a list."),
        }),
      )
      .min(1)
      .max(4096)
      .optional()
      .describe("Samples are numbers in columns, as they are: nothing is standardised."),
    label: z
      .strictObject({
        column,
        classes: z
          .int()
          .min(2)
          .max(256)
          .optional()
          .describe("Labels are whole numbers below it; real targets unless given."),
      })
      .describe("What is predicted."),
    holdOut: shareSchema({ zero: false, one: false })
      .default(0.2)
      .describe("Share of each partition's rows that is held out to evaluate with."),
    seed: z.int().min(0).max(0xffffffff).default(1).describe("Chooses the rows that are held out."),
    heldOut: z
      .record(column, column)
      .optional()
      .describe(
        'With `npz`, where held-out samples are arrays of their own: that of each column, such as { "x_train": "x_test", "y_train": "y_test" }. `holdOut` and `seed` mean nothing then.',
      ),
  })
  .superRefine((spec, context) => {
    const { image, features, format, heldOut } = spec;
    const issue = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if ((image === undefined) === (features === undefined)) {
      issue("features", "either image or features is given");
      return;
    }
    if (heldOut === undefined) return;
    if (format !== "npz") issue("heldOut", "only files of npz have arrays of their own for that");
    const without = columnsOf(spec).find((name) => !Object.hasOwn(heldOut, name));
    if (without !== undefined) issue("heldOut", `it does not say which array is that of ${without}`);
  });

type PartitionsSpec = z.infer<typeof schema>;

/** The columns that samples are made of. */
function columnsOf({
  image,
  features = [],
  label,
}: Pick<PartitionsSpec, "label"> & Partial<Pick<PartitionsSpec, "image" | "features">>): string[] {
  return [...(image === undefined ? features.map((one) => one.column) : [image.column]), label.column];
}

/** Samples are made of the columns that hold out those of the others. */
function heldOutSpec(spec: PartitionsSpec): PartitionsSpec {
  const other = <T extends { column: string }>(one: T): T => ({ ...one, column: spec.heldOut![one.column]! });
  const { image, features, label } = spec;
  return {
    ...spec,
    label: other(label),
    ...(image !== undefined && { image: other(image) }),
    ...(features !== undefined && { features: features.map(other) }),
  };
}

/** What `save_to_disk` says of a data set beside its files. */
const stateSchema = z.object({
  _data_files: z
    .array(z.object({ filename: z.string().regex(/^(?!\.{1,2}$)[^/\\]+$/, "a file's name") }))
    .max(MOST_SHARDS),
  _indices_data_files: z.unknown().optional(),
});

/**
 * Partitions on disk as Flower's users have them: folders `partition_0`, … with Arrow files and `state.json`, which
 * `flwr-datasets create` (flwr-datasets 0.6) and `Dataset.save_to_disk` (Hugging Face's datasets) write and SuperNodes load,
 * or a Parquet, CSV or NumPy file each. The natural client of a sample is its partition's number. Of each partition `holdOut` of the
 * rows are drawn by `seed` and held out; the others stay in their order.
 */
export const partitions = defineDatasetKind({
  schema,
  source: "partitions of your own, for example of flwr-datasets",
  isAnybodys: true,
  files: (spec) => Array.from({ length: spec.count }, (_, part) => firstFile(spec, part)),
  shape: (spec) => ({
    sampleShape: sampleShapeOf(spec),
    classes: spec.label.classes ?? 0,
    client: "partition",
  }),

  async load(spec, read) {
    const [train, test]: [Dataset[], Dataset[]] = [[], []];
    let samples = 0;
    const counted = (held: Dataset, part: number): Dataset => {
      samples += held.labels.length;
      assertNumbers(spec, samples);
      return { ...held, clients: new Uint32Array(held.labels.length).fill(part) };
    };
    for (let part = 0; part < spec.count; part++) {
      const held = counted(await partitionOf(spec, part, read), part);
      if (spec.heldOut !== undefined) {
        train.push(held);
        test.push(counted(await partitionOf(heldOutSpec(spec), part, read), part));
        continue;
      }
      const rows = held.labels.length;
      const order = shuffle(rowsOf(rows), new SeededRandom(spec.seed, "hold out", part));
      const count = shareOf(spec.holdOut, rows);
      test.push(selectSamples(held, order.slice(0, count).sort()));
      train.push(selectSamples(held, order.slice(count).sort()));
    }
    return { train: concatDatasets(train), test: concatDatasets(test) };
  },

  own: {
    files: ({ format }) => [format === "arrow" ? "state.json" : `data.${format}`],
    load: async (spec, _side, { read }) =>
      spec.format === "arrow" ? savedDataset(spec, "", read) : fileSamples(spec, `data.${spec.format}`, read),
  },

  reader: {
    accepts:
      "a table of Arrow, Parquet, CSV or NumPy's arrays with the columns of the samples; with that of the label, predictions are compared with it",
    get scale() {
      return 1;
    },
    steps: (spec) => [
      spec.image === undefined
        ? `A sample is a row: ${spec.features!.map((one) => one.column).join("; ")}.`
        : `A sample is the image in ${spec.image.column}, its bytes divided by 255.`,
    ],
    async read(spec, { name, bytes }) {
      const format = COLUMN_FORMATS.find((one) => name.toLowerCase().endsWith(`.${one}`)) ?? spec.format;
      const table = await columnTable(name, bytes, format, columnsOf(spec));
      const isLabelled = table.names.includes(spec.label.column);
      const dataset = samplesOf(spec, name, table, isLabelled);
      return { dataset, isLabelled, names: numberedNames("row", table.rows) };
    },
  },
});

function sampleShapeOf({ image, features }: PartitionsSpec): number[] {
  if (image === undefined) return [features!.reduce((sum, { length }) => sum + length, 0)];
  const { height, width, channels } = image;
  return channels === 1 ? [height, width] : [height, width, channels];
}

function firstFile({ folder, format, names = "partition_*" }: PartitionsSpec, part: number): string {
  const name = `${folder === undefined ? "" : `${folder}/`}${names.replace("*", String(part))}`;
  return format === "arrow" ? `${name}/state.json` : `${name}.${format}`;
}

function partitionOf(spec: PartitionsSpec, part: number, read: ReadFile): Promise<Dataset> {
  const first = firstFile(spec, part);
  return spec.format === "arrow"
    ? savedDataset(spec, first.slice(0, -"state.json".length), read)
    : fileSamples(spec, first, read);
}

/** A data set that `save_to_disk` wrote to a folder. */
async function savedDataset(spec: PartitionsSpec, folder: string, read: ReadFile): Promise<Dataset> {
  const path = `${folder}state.json`;
  const refuse = (details: string) =>
    new BaseError("PARTITION_STATE", `${path} is not of a data set that can be read.`, {
      details,
      next: "Save it with Dataset.save_to_disk of a current version of Hugging Face's datasets.",
    });
  let written: unknown;
  try {
    written = JSON.parse(decodeText(await read(path), path));
  } catch (cause) {
    if (cause instanceof BaseError) throw cause;
    throw refuse("It is not JSON.");
  }
  const parsed = stateSchema.safeParse(written);
  if (!parsed.success) throw refuse(z.prettifyError(parsed.error));
  const { _data_files: files, _indices_data_files: indices } = parsed.data;
  if (Array.isArray(indices) && indices.length > 0)
    throw refuse("Its rows are chosen by a file of indices, which is not read.");
  if (files.length === 0) throw refuse("It names no file.");
  const parts: Dataset[] = [];
  for (const { filename } of files)
    parts.push(await fileSamples({ ...spec, format: "arrow" }, `${folder}${filename}`, read));
  return concatDatasets(parts);
}

async function fileSamples(spec: PartitionsSpec, file: string, read: ReadFile): Promise<Dataset> {
  const table = await columnTable(file, await read(file), spec.format, columnsOf(spec));
  return samplesOf(spec, file, table, true);
}

/** The rows of a table as samples. */
function samplesOf(spec: PartitionsSpec, file: string, table: TableColumns, isLabelled: boolean): Dataset {
  const { image, label } = spec;
  const wanted = columnsOf(spec);
  const missing = (isLabelled ? wanted : wanted.slice(0, -1)).filter((name) => !table.names.includes(name));
  if (missing.length > 0) {
    throw new BaseError("PARTITION_COLUMN", `${file} has no column ${missing.join(" and none ")}.`, {
      details: `It has ${table.names.slice(0, 20).join(", ")}.`,
      next: "Correct the names of columns in the task's dataset.",
    });
  }
  assertNumbers(spec, table.rows);
  const sampleShape = sampleShapeOf(spec);
  const width = sampleShape.reduce((product, length) => product * length, 1);
  const common = { sampleShape, classes: label.classes ?? 0 };
  const labels = labelsOf(spec, file, isLabelled ? table.column(label.column) : new Float32Array(table.rows));
  const features =
    image === undefined
      ? numbersOf(spec.features!, file, table, width)
      : isNpzTable(table)
        ? arrayPixels(spec, file, table)
        : pixelsOf(spec, file, table, width);
  const scale = image !== undefined && features instanceof Uint8Array ? 1 / 255 : 1;
  const dataset: Dataset = { ...common, labels, scale, features };
  assertDataset(dataset);
  return dataset;
}

function assertNumbers(spec: PartitionsSpec, samples: number): void {
  const numbers = samples * sampleShapeOf(spec).reduce((product, length) => product * length, 1);
  if (numbers <= MOST_NUMBERS) return;
  throw new BaseError("PARTITIONS_TOO_LARGE", "The partitions are more than memory is taken for.", {
    details: `${samples} samples have ${numbers} numbers; at most ${MOST_NUMBERS} are read.`,
    next: "Name fewer of them in count, or smaller samples.",
  });
}

function pixelsOf({ image }: PartitionsSpec, file: string, table: TableColumns, width: number): Uint8Array {
  const pixels = new Uint8Array(table.rows * width);
  const cells = table.column(image!.column);
  for (let row = 0; row < table.rows; row++) {
    const bytes = bytesOf(cells[row]);
    if (bytes === undefined) throw cellFault(file, row, image!.column, cells[row], "the bytes of an image");
    pixels.set(imageOf(`${file}, row ${row + 1}`, bytes, image!), row * width);
  }
  return pixels;
}

function imageOf(name: string, bytes: Uint8Array, shape: NonNullable<PartitionsSpec["image"]>): Uint8Array {
  if (isPng(bytes)) return parsePng(name, bytes, shape);
  const { width, height, pixels } = parseJpeg(name, bytes);
  if (width !== shape.width || height !== shape.height) {
    throw new BaseError("IMAGE_SIZE", `${name} is ${width} × ${height} pixels.`, {
      next: `The task's dataset says ${shape.width} × ${shape.height}.`,
    });
  }
  if (shape.channels === 3) return Uint8Array.from(pixels);
  // Of a grey JPEG all three are the same.
  return Uint8Array.from({ length: width * height }, (_, at) => pixels[3 * at]!);
}

/** An image's bytes: a cell of bytes, or what Hugging Face's `Image` is stored as. */
function bytesOf(cell: unknown): Uint8Array | undefined {
  if (cell instanceof Uint8Array) return cell;
  const inner = typeof cell === "object" && cell !== null ? (cell as { bytes?: unknown }).bytes : undefined;
  return inner instanceof Uint8Array ? inner : undefined;
}

/** Images that are an array of pixels: bytes, or numbers as a model is to see them. */
function arrayPixels({ image }: PartitionsSpec, file: string, table: NpzTable): Uint8Array | Float32Array {
  const { column: name, height, width, channels } = image!;
  const [, ...found] = table.shape(name);
  // One channel may be first, last or left out: it is the same.
  const shape = channels === 1 ? found.filter((length) => length !== 1) : found;
  const wanted = (channels === 1 ? [height, width] : [height, width, channels]).filter(
    (length) => channels !== 1 || length !== 1,
  );
  if (shape.join() !== wanted.join()) {
    const isFirst = channels !== 1 && found.join() === [channels, height, width].join();
    throw new BaseError("IMAGE_SIZE", `The images in ${file}, array ${name}, are (${found.join(", ")}).`, {
      details: `The task's dataset says (${[height, width, channels].join(", ")}): height, width, channels.`,
      next: isFirst ? "Put the channels last: numpy.transpose(x, (0, 2, 3, 1))." : "Correct one of the two.",
    });
  }
  const length = height * width * channels;
  const cells = table.column(name);
  if (cells[0] instanceof Uint8Array) {
    const pixels = new Uint8Array(table.rows * length);
    for (let row = 0; row < table.rows; row++) pixels.set(cells[row] as Uint8Array, row * length);
    return pixels;
  }
  return numbersOf([{ column: name, length }], file, table, length);
}

function numbersOf(
  features: NonNullable<PartitionsSpec["features"]>,
  file: string,
  table: TableColumns,
  width: number,
): Float32Array {
  const numbers = new Float32Array(table.rows * width);
  let offset = 0;
  for (const { column: name, length } of features) {
    const cells = table.column(name);
    for (let row = 0; row < table.rows; row++) {
      const flat = arrayNumbers(cells[row]) ?? flatNumbers(cells[row], length + 1);
      if (flat?.length !== length) {
        throw cellFault(
          file,
          row,
          name,
          cells[row],
          length === 1 ? "a number" : `a list of ${length} numbers`,
        );
      }
      numbers.set(flat, row * width + offset);
    }
    offset += length;
  }
  return numbers;
}

/** The numbers of a cell that is an array of them, all of which float32 has; undefined for any other. */
function arrayNumbers(cell: unknown): ArrayLike<number> | undefined {
  if (!ArrayBuffer.isView(cell) || cell instanceof DataView) return undefined;
  const numbers = cell as Exclude<NpyNumbers, BigInt64Array | BigUint64Array>;
  if (typeof numbers[0] !== "number") return undefined;
  if (!(numbers instanceof Float32Array || numbers instanceof Float64Array)) return numbers;
  return numbers.every((number) => Number.isFinite(Math.fround(number))) ? numbers : undefined;
}

/** The numbers of a cell, of lists in lists too, up to so many; undefined where something is none. */
function flatNumbers(cell: unknown, most: number): number[] | undefined {
  const found: number[] = [];
  const take = (value: unknown): boolean => {
    if (found.length >= most) return true;
    if (typeof value === "object" && value !== null && "length" in value) {
      for (let at = 0; at < (value as ArrayLike<unknown>).length && found.length < most; at++) {
        if (!take((value as ArrayLike<unknown>)[at])) return false;
      }
      return true;
    }
    const number = numberOf(value);
    if (number === undefined || !Number.isFinite(Math.fround(number))) return false;
    found.push(number);
    return true;
  };
  return take(cell) ? found : undefined;
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value);
  return typeof value === "string" ? decimalNumber(value.trim()) : undefined;
}

function labelsOf(
  { label }: PartitionsSpec,
  file: string,
  cells: ArrayLike<unknown>,
): Uint8Array | Float32Array {
  const { classes } = label;
  const labels = classes === undefined ? new Float32Array(cells.length) : new Uint8Array(cells.length);
  for (let row = 0; row < cells.length; row++) {
    const value = numberOf(cells[row]);
    const isOne =
      value !== undefined &&
      (classes === undefined
        ? Number.isFinite(Math.fround(value))
        : Number.isInteger(value) && value >= 0 && value < classes);
    if (!isOne) {
      const wanted = classes === undefined ? "a number" : `a whole number below ${classes}`;
      throw cellFault(file, row, label.column, cells[row], wanted);
    }
    labels[row] = value;
  }
  return labels;
}

function cellFault(file: string, row: number, name: string, value: unknown, wanted: string): BaseError {
  return cellError({ file, row: row + 1, column: name, value: String(value), wanted });
}
