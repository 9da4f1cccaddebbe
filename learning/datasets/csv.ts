import { z } from "zod";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { shareOf, shareSchema } from "../../numerics/Share.ts";
import { shuffle } from "../../numerics/shuffle.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { type CsvTable, parseCsv, wrongSeparator } from "./csvTable.ts";
import { assertDataset, type Dataset } from "./Dataset.ts";
import { defineDatasetKind } from "./DatasetKind.ts";
import { cellError, decimalNumber } from "./dataTable.ts";
import { type MergedByFloat32, mergedByFloat32 } from "./mergedByFloat32.ts";
import { statisticsUnstated } from "./OwnSamples.ts";
import { numberedNames, type Statistics, statedStatisticsSchema } from "./SampleReader.ts";
import { selectSamples } from "./selectSamples.ts";
import { type FeatureStatistics, standardized, statisticsOf } from "./standardization.ts";

const name = z.string().min(1).describe("The column's name in the header.");
const values = z
  .array(z.string())
  .min(2)
  .max(256)
  .refine((texts) => new Set(texts).size === texts.length, "a value is named twice");

const columnSchema = z.discriminatedUnion("role", [
  z.strictObject({
    name,
    role: z.literal("feature").describe("What is learned from."),
    values: values
      .optional()
      .describe("All texts it may hold: one feature of 0 or 1 for each. Numbers unless given."),
  }),
  z.strictObject({
    name,
    role: z.literal("label").describe("What is predicted; exactly one column."),
    values: values
      .optional()
      .describe(
        "Its classes, in order, as texts. Unless given it holds numbers: real targets, a regression.",
      ),
    offset: z
      .number()
      .optional()
      .describe(
        "Of real targets: what is taken off each, and would have to be added to a prediction. For targets that lie close together far from 0, which float32 does not tell apart; errors and scores stay in the targets' unit. 0 unless given.",
      ),
  }),
  z.strictObject({ name, role: z.literal("client").describe("Whose the row is; at most one column.") }),
  z.strictObject({ name, role: z.literal("ignored").describe("Not used.") }),
]);

const schema = z
  .strictObject({
    kind: z.literal("csv").describe("Any table."),
    file: z
      .string()
      .regex(/^[^/\\]+$/, "a file's name has no folder")
      .describe("Its file in the folder csv of the data directory."),
    separator: z.string().length(1).default(",").describe("What parts its columns."),
    columns: z.array(columnSchema).min(2).max(4096).describe("Every column of its header."),
    standardize: z
      .boolean()
      .default(true)
      .describe("Whether numbers become (value − mean) / deviation, by the rows that are learned from."),
    holdOut: shareSchema({ zero: false, one: false })
      .default(0.2)
      .describe("Share of the rows that is held out to evaluate with."),
    seed: z.int().min(0).max(0xffffffff).default(1).describe("Chooses the rows that are held out."),
    statistics: statedStatisticsSchema("one for each feature of numbers, by the name of its column"),
  })
  .superRefine(({ columns, statistics, standardize }, context) => {
    const issue = (message: string, field = "columns") =>
      context.addIssue({ code: "custom", path: [field], message });
    if (statistics !== undefined) {
      const wanted = numericFeatures(columns);
      if (!standardize) issue("there is nothing to standardise: standardize is false", "statistics");
      for (const name of Object.keys(statistics)) {
        if (!wanted.includes(name)) issue(`${name} is no feature of numbers`, "statistics");
      }
      for (const name of wanted) {
        const length = Object.hasOwn(statistics, name) ? statistics[name]!.length : 0;
        if (length !== 1) issue(`${name} needs one mean and deviation, not ${length}`, "statistics");
      }
    }
    const count = (role: string) => columns.filter((column) => column.role === role).length;
    if (count("label") !== 1) issue(`exactly one column is the label, not ${count("label")}`);
    if (columns.some((column) => column.role === "label" && column.values && column.offset !== undefined)) {
      issue("only real targets have an offset, and the label has values");
    }
    if (count("feature") === 0) issue("at least one column is a feature");
    if (count("client") > 1) issue("at most one column is the client");
    const repeated = columns.find(({ name }, i) => columns.findIndex((other) => other.name === name) !== i);
    if (repeated !== undefined) issue(`the column ${repeated.name} is described twice`);
  });

type CsvSpec = z.infer<typeof schema>;
type Column<Role> = Extract<CsvSpec["columns"][number], { role: Role }>;

/**
 * Any table of comma-separated values, by the columns that the task describes. A
 * sample is a row: its features in the order of `columns`, a column of texts as
 * one feature for each of its values. The held-out rows are drawn by `seed`; all
 * others stay in the file's order. The natural client is the text of the client
 * column, numbered by first appearance.
 *
 * Numbers are standardised, or targets taken their offset off, in float64, and then rounded to float32.
 *
 * @throws BaseError naming row and column: `CSV_HEADER`, `DATA_VALUE`, `CSV_FLOAT32` for numbers that float32 would
 * merge, and those of `parseCsv`.
 */
export const csv = defineDatasetKind({
  schema,
  source: "a table of your own",
  isAnybodys: true,
  files: ({ file }) => [file],
  shape: ({ columns }) => ({
    sampleShape: [features(columns).reduce((sum, { values }) => sum + (values?.length ?? 1), 0)],
    classes: labelOf(columns).values?.length ?? 0,
    client: columns.find(({ role }) => role === "client")?.name,
  }),

  async load(spec, read) {
    const { table, trainRows, testRows } = splitTable(spec, await read(spec.file));
    const statistics = spec.statistics ?? statisticsOfRows(spec, table, trainRows);
    const whole = datasetOf(spec, spec.file, table, statistics);
    return { train: selectSamples(whole, trainRows), test: selectSamples(whole, testRows) };
  },

  own: {
    files: ({ file }) => [file],

    /** All of its rows. */
    async load(spec, _side, { read }) {
      const statistics = statedStatistics(spec);
      const table = parseCsv(spec.file, await read(spec.file), spec.separator);
      assertHeader(spec, table);
      return datasetOf(spec, spec.file, table, statistics);
    },

    rows: {
      separator: ({ separator }) => separator,
      columns: ({ columns }) => columns.map(({ name }) => name),
      read: readRows,
    },

    arriving: {
      accepts: "tables with a header, named *.csv",
      isOne: (path) => /\.csv$/i.test(path),
      read: (spec, path, bytes) => readRows(spec, path, parseCsv(path, bytes, spec.separator)),
      none: (spec) => readRows(spec, "", { header: spec.columns.map(({ name }) => name), rows: [] }),
    },
  },

  reader: {
    accepts:
      "a table with the columns of the features; with that of the label, predictions are compared with it",
    scale: 1,
    steps: ({ columns, standardize }) => [
      `A sample is a row: ${features(columns)
        .map(({ name, values }) => (values === undefined ? name : `${name} (${values.join(", ")})`))
        .join("; ")}.`,
      "A column of texts is one feature for each of its values, in that order: 1 for the one that it holds, 0 for the others.",
      ...(standardize
        ? [
            "A number becomes (value − mean) / deviation, by its column's statistics; 0 where the deviation is 0.",
          ]
        : []),
    ],
    classNames: ({ columns }) => labelOf(columns).values,
    targetOffset: ({ columns }) => labelOf(columns).offset ?? 0,

    async statistics(spec, read) {
      if (spec.statistics !== undefined) return spec.statistics;
      const { table, trainRows } = splitTable(spec, await read(spec.file));
      return statisticsOfRows(spec, table, trainRows);
    },

    async read(spec, { name, bytes }, statistics) {
      const table = parseCsv(name, bytes, spec.separator);
      assertFeatures(spec, name, table);
      const isLabelled = table.header.includes(labelOf(spec.columns).name);
      const dataset = datasetOf(spec, name, table, statistics, { isLabelled });
      return { dataset, isLabelled, names: numberedNames("row", table.rows.length) };
    },
  },
});

/** Some rows, whatever other columns there are: too few to tell whether float32 would merge them. */
function readRows(spec: CsvSpec, file: string, table: CsvTable): Dataset {
  assertFeatures(spec, file, table, { alsoLabel: true });
  return datasetOf(spec, file, table, statedStatistics(spec), { areSome: true });
}

/** What the rows of a part of the data are standardised by. @throws BaseError `STATISTICS_UNSTATED`. */
function statedStatistics({ kind, columns, standardize, statistics }: CsvSpec): Statistics {
  if (!standardize || numericFeatures(columns).length === 0) return {};
  if (statistics === undefined) throw statisticsUnstated(kind);
  return statistics;
}

/** A table with the rows that are learned from and those that are held out. */
function splitTable(spec: CsvSpec, bytes: Uint8Array) {
  const table = parseCsv(spec.file, bytes, spec.separator);
  assertHeader(spec, table);
  const rows = table.rows.length;
  const heldOut = shareOf(spec.holdOut, rows);
  const order = shuffle(
    Uint32Array.from({ length: rows }, (_, row) => row),
    new SeededRandom(spec.seed, "hold out"),
  );
  if (heldOut === 0 || heldOut === rows) {
    throw new BaseError("CSV_ROWS", `${spec.file} has too few rows to hold out ${spec.holdOut} of them.`, {
      details: `It has ${rows}.`,
    });
  }
  return { table, testRows: order.slice(0, heldOut).sort(), trainRows: order.slice(heldOut).sort() };
}

/** Mean and deviation of each column of numbers over some rows, by its name; none where nothing is standardised. */
function statisticsOfRows(spec: CsvSpec, table: CsvTable, trainRows: Uint32Array): Statistics {
  if (!spec.standardize) return {};
  const { numbers } = columnReaders(spec.file, table);
  return Object.fromEntries(
    numericFeatures(spec.columns).map((name) => {
      const column = numbers(name);
      return [name, [statisticsOf(Array.from(trainRows, (row) => column[row]!))]];
    }),
  );
}

/** @throws BaseError `CSV_HEADER` unless all features are there, once. */
function assertFeatures(
  { columns }: CsvSpec,
  file: string,
  { header }: CsvTable,
  { alsoLabel = false } = {},
): void {
  const wanted = features(columns).map(({ name }) => name);
  if (alsoLabel) wanted.push(labelOf(columns).name);
  const missing = wanted.filter((name) => !header.includes(name));
  const repeated = [...new Set([...wanted, labelOf(columns).name])].filter(
    (name) => header.filter((other) => other === name).length > 1,
  );
  if (missing.length + repeated.length === 0) return;
  throw new BaseError("CSV_HEADER", `${file} does not have the columns that the model learned from.`, {
    details: [
      ...missing.map((name) => `${JSON.stringify(name)} is missing.`),
      ...repeated.map((name) => `${JSON.stringify(name)} is there twice.`),
    ].join(" "),
    next: "Give a table with these columns, in any order, and any others.",
  });
}

function features(columns: CsvSpec["columns"]): Column<"feature">[] {
  return columns.filter((column) => column.role === "feature");
}

/** The names of the columns of numbers that are learned from. */
function numericFeatures(columns: CsvSpec["columns"]): string[] {
  return features(columns).flatMap(({ name, values }) => (values === undefined ? [name] : []));
}

/** The features of each column that is learned from, by its name. */
function columnFeatures(columns: CsvSpec["columns"]): Record<string, number[]> {
  let first = 0;
  return Object.fromEntries(
    features(columns).map(({ name, values }) => {
      const count = values?.length ?? 1;
      const places = Array.from({ length: count }, (_, i) => first + i);
      first += count;
      return [name, places];
    }),
  );
}

function labelOf(columns: CsvSpec["columns"]): Column<"label"> {
  return columns.find((column) => column.role === "label")!;
}

function assertHeader({ file, columns, separator }: CsvSpec, { header }: CsvTable): void {
  const described = columns.map(({ name }) => name);
  const missing = described.filter((name) => !header.includes(name));
  const unknown = header.filter((name) => !described.includes(name));
  const repeated = header.filter((name, i) => header.indexOf(name) !== i);
  if (missing.length + unknown.length + repeated.length === 0) return;
  const list = (what: string, names: string[]) =>
    names.length === 0 ? "" : `${what}: ${names.map((name) => JSON.stringify(name)).join(", ")}. `;
  throw new BaseError("CSV_HEADER", `The header of ${file} is not as the task describes it.`, {
    details:
      `${list("Missing in the file", missing)}${list("Not described", unknown)}${list("Twice in the file", repeated)}`.trim(),
    next: "Describe every column in the data set's columns; give those that are not needed the role ignored.",
    ...(header.length === 1 && wrongSeparator(header[0]!, separator)),
  });
}

/**
 * @param options - `isLabelled`: whether the table has the label's column; without it labels are 0. `areSome`: whether
 * these are some rows of many, which alone do not tell what float32 would merge.
 */
function datasetOf(
  spec: CsvSpec,
  file: string,
  table: CsvTable,
  statistics: Statistics,
  { isLabelled = true, areSome = false }: { isLabelled?: boolean; areSome?: boolean } = {},
): Dataset {
  const { columns, standardize } = spec;
  const { rows } = table;
  const { texts, numbers, places, rowOf } = columnReaders(file, table);
  const width = csv.shape(spec).sampleShape[0]!;
  const data = new Float32Array(rows.length * width);
  let offset = 0;
  for (const { name, values } of features(columns)) {
    if (values === undefined) {
      const column = standardize
        ? standardizedNumbers(file, name, numbers(name), statistics, rowOf)
        : numbers(name);
      if (!areSome) assertApart(file, name, column, () => "Set the data set's standardize to true.");
      for (const [row, value] of column.entries()) data[row * width + offset] = value;
    } else {
      for (const [row, place] of places(name, values).entries()) data[row * width + offset + place] = 1;
    }
    offset += values?.length ?? 1;
  }
  const label = labelOf(columns);
  const client = columns.find(({ name, role }) => role === "client" && table.header.includes(name));
  const knownLabels = () =>
    label.values === undefined
      ? targetsOf(file, label, numbers(label.name), areSome)
      : Uint8Array.from(places(label.name, label.values));
  const dataset = {
    features: data,
    sampleShape: [width],
    scale: 1,
    labels: isLabelled
      ? knownLabels()
      : label.values === undefined
        ? new Float32Array(rows.length)
        : new Uint8Array(rows.length),
    classes: label.values?.length ?? 0,
    clients: client && numbered(texts(client.name)),
    columns: columnFeatures(columns),
  };
  assertDataset(dataset);
  return dataset;
}

/** What reads the cells of a column by its name. */
function columnReaders(file: string, { header, rows, numbers }: CsvTable) {
  const rowOf = (i: number) => numbers?.[i] ?? i + 2;
  const texts = (column: string) => {
    const place = header.indexOf(column);
    return rows.map((row) => row[place]!);
  };
  return {
    rowOf,
    texts,
    numbers: (column: string) =>
      texts(column).map((value, i) => {
        const number = decimalNumber(value.trim());
        if (number !== undefined && Number.isFinite(Math.fround(number))) return number;
        throw cellError({ file, row: rowOf(i), column, value, wanted: "a number" });
      }),
    /** The places of a column's texts among its values. */
    places: (column: string, values: readonly string[]) =>
      texts(column).map((value, i) => {
        const place = values.indexOf(value);
        if (place !== -1) return place;
        throw cellError({ file, row: rowOf(i), column, value, wanted: `one of ${values.join(", ")}` });
      }),
  };
}

/** Numbers standardised by those of the rows that are learned from. */
function standardizedNumbers(
  file: string,
  column: string,
  numbers: readonly number[],
  all: Statistics,
  rowOf: (i: number) => number,
): number[] {
  const statistics: FeatureStatistics | undefined = all[column]?.[0];
  if (statistics === undefined) {
    throw new BaseError("STATISTICS_UNKNOWN", `Mean and deviation of the column ${column} are not known.`, {
      next: "Export the model anew where the task's data are (--data DIR).",
    });
  }
  return numbers.map((number, row) => {
    const value = standardized(number, statistics);
    if (Number.isFinite(Math.fround(value))) return value;
    const wanted = "near enough to the other rows to be standardised";
    throw cellError({ file, row: rowOf(row), column, value: String(number), wanted });
  });
}

/** Real targets, less their offset. */
function targetsOf(
  file: string,
  { name, offset = 0 }: Column<"label">,
  numbers: readonly number[],
  areSome: boolean,
): Float32Array {
  const targets = numbers.map((number) => number - offset);
  if (areSome) return Float32Array.from(targets);
  assertApart(file, name, targets, ({ least, greatest }) => {
    const middle = Math.round(offset + least + (greatest - least) / 2);
    return `Give the label's column an offset, for example ${middle}.`;
  });
  return Float32Array.from(targets);
}

/** @throws BaseError `CSV_FLOAT32` for numbers that float32 would merge. */
function assertApart(
  file: string,
  column: string,
  numbers: readonly number[],
  next: (merged: MergedByFloat32) => string,
): void {
  const merged = mergedByFloat32(numbers);
  if (merged === undefined) return;
  const { least, greatest, moved } = merged;
  throw new BaseError("CSV_FLOAT32", `${file}, column ${JSON.stringify(column)} is too fine for float32.`, {
    details: `Its numbers reach from ${least} to ${greatest}; float32, which models see, moves some of them by ${moved}.`,
    next: next(merged),
  });
}

/** A number for each text: 0 for the first, 1 for the next other one, and so on. */
function numbered(texts: readonly string[]): Uint32Array {
  const numbers = new Map<string, number>();
  return Uint32Array.from(texts, (text) => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  });
}
