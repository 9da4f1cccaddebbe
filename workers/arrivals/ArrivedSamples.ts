import { concatDatasets } from "../../learning/datasets/concatDatasets.ts";
import type { CsvTable } from "../../learning/datasets/csvTable.ts";
import { parseCsvRecord } from "../../learning/datasets/csvTable.ts";
import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { type DatasetSpec, datasetKindOf } from "../../learning/datasets/DatasetSpec.ts";
import { columnCountError } from "../../learning/datasets/dataTable.ts";
import type { OwnRows } from "../../learning/datasets/OwnSamples.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { StreamPart } from "../SampleStream.ts";
import { type Arrival, KEPT } from "./Arrival.ts";
import type { Arrivals } from "./Arrivals.ts";
import { severalLeftOut } from "./DataSource.ts";

/** How many arrivals are read at a time. */
const LOT = 1024;

/** Samples with the position of the arrival that each is of. */
export interface PlacedSamples {
  samples: Dataset;
  positions: readonly number[];
}

type RowArrival = Exclude<Arrival, { file: string }>;
type FileArrival = Extract<Arrival, { file: string }>;

/**
 * What came to a device as samples of a task. Arrivals of which none can be made are left out, and told: the same ones
 * whoever asks, and whenever.
 */
export class ArrivedSamples {
  readonly #dataset: () => Promise<DatasetSpec>;
  readonly #arrivals: Arrivals;
  readonly #onLeftOut: (error: BaseError) => void;
  #lots: PlacedSamples[] = [];
  /** Up to which position arrivals were read. */
  #read: number | undefined;
  #reading: Promise<void> = Promise.resolve();
  #leftOut: BaseError | undefined;

  constructor(
    dataset: () => Promise<DatasetSpec>,
    { arrivals, onLeftOut }: { arrivals: Arrivals; onLeftOut: (error: BaseError) => void },
  ) {
    this.#dataset = dataset;
    this.#arrivals = arrivals;
    this.#onLeftOut = onLeftOut;
  }

  get arrivals(): Arrivals {
    return this.#arrivals;
  }

  /** Of the last arrivals that were left out. */
  get leftOut(): BaseError | undefined {
    return this.#leftOut;
  }

  /** The oldest position that samples before another are taken from: what is kept, and no more. */
  oldest(until: number): number {
    return Math.max(0, until - KEPT.arrivals);
  }

  /**
   * No samples, of the task's kind.
   *
   * @throws BaseError `ARRIVALS_KIND` where none can be made of what comes one by one; `STATISTICS_UNSTATED`.
   */
  async none(): Promise<Dataset> {
    const dataset = await this.#dataset();
    const { arriving } = datasetKindOf(dataset).own;
    if (arriving !== undefined) return withoutClients(arriving.none(dataset as never));
    throw this.#unfit(dataset, "what comes one by one");
  }

  /** The samples of a part, with their places. */
  async placed({ from, until }: StreamPart): Promise<PlacedSamples> {
    await this.#upTo(until);
    const parts = this.#lots.flatMap(({ samples, positions }) => {
      if (positions.at(-1)! < from || positions[0]! >= until) return [];
      const rows = positions.flatMap((position, row) => (position >= from && position < until ? [row] : []));
      if (rows.length === 0) return [];
      const all = rows.length === positions.length;
      return [
        {
          samples: all ? samples : selectSamples(samples, rows),
          positions: rows.map((row) => positions[row]!),
        },
      ];
    });
    return {
      samples: parts.length === 0 ? await this.none() : concatDatasets(parts.map(({ samples }) => samples)),
      positions: parts.flatMap(({ positions }) => positions),
    };
  }

  async read(part: StreamPart): Promise<Dataset> {
    return (await this.placed(part)).samples;
  }

  /** Reads arrivals once, one lot after the other. */
  #upTo(until: number): Promise<void> {
    const reading = this.#reading.then(async () => {
      this.#read ??= Math.max(this.#arrivals.base, this.oldest(until));
      while (this.#read < until) {
        const end = Math.min(until, this.#read + LOT);
        await this.#take(await this.#arrivals.read(this.#read, end));
        this.#read = end;
      }
      const oldest = this.oldest(until);
      this.#lots = this.#lots.filter(({ positions }) => positions.at(-1)! >= oldest);
    });
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  async #take(lot: readonly { position: number; arrival: Arrival }[]): Promise<void> {
    const dataset = await this.#dataset();
    const { own } = datasetKindOf(dataset);
    const left: BaseError[] = [];
    const rows: { position: number; arrival: RowArrival }[] = [];
    const takeRows = () => {
      const { rows: kind } = own;
      if (rows.length === 0) return;
      if (kind === undefined) {
        const error = this.#unfit(dataset, "rows");
        for (const _ of rows) left.push(error);
      } else {
        const source = this.#arrivals.name;
        const found = samplesOfRows(kind as OwnRows<never>, dataset as never, source, rows, left);
        this.#lots = [...this.#lots, ...found];
      }
      rows.length = 0;
    };
    for (const { position, arrival } of lot) {
      if ("file" in arrival) {
        takeRows();
        await this.#takeFile(dataset, { position, arrival }, left);
      } else rows.push({ position, arrival });
    }
    takeRows();
    this.#join();
    if (left.length === 0) return;
    this.#leftOut = severalLeftOut(left[0]!, left.length);
    this.#onLeftOut(this.#leftOut);
  }

  /** Joins the newest lots while they are small: many come one by one. */
  #join(): void {
    for (;;) {
      const [last, before] = [this.#lots.at(-1), this.#lots.at(-2)];
      if (last === undefined || before === undefined) return;
      if (before.positions.length + last.positions.length > LOT) return;
      this.#lots.splice(-2, 2, {
        samples: concatDatasets([before.samples, last.samples]),
        positions: [...before.positions, ...last.positions],
      });
    }
  }

  async #takeFile(
    dataset: DatasetSpec,
    { position, arrival }: { position: number; arrival: FileArrival },
    left: BaseError[],
  ): Promise<void> {
    const { arriving: kind } = datasetKindOf(dataset).own;
    if (kind === undefined) {
      left.push(this.#unfit(dataset, "files"));
      return;
    }
    // What else is in the folder is no sample, and no fault.
    if (!kind.isOne(arrival.file)) return;
    try {
      const samples = withoutClients(
        kind.read(dataset as never, arrival.file, await this.#arrivals.fileOf(arrival)),
      );
      if (samples.labels.length > 0)
        this.#lots.push({ samples, positions: Array.from(samples.labels, () => position) });
    } catch (error) {
      if (!(error instanceof BaseError)) throw error;
      left.push(error);
    }
  }

  #unfit({ kind }: DatasetSpec, what: string): BaseError {
    return new BaseError("ARRIVALS_KIND", `No samples of ${kind} can be made of ${what}.`, {
      details: `They come from ${this.#arrivals.name}.`,
      next: "docs/data.md says which data sets can come as rows, as files, or only in a directory.",
    });
  }
}

/** Samples of rows; of those that cannot be read, errors. */
function samplesOfRows(
  kind: OwnRows<never>,
  spec: never,
  source: string,
  arrivals: readonly { position: number; arrival: RowArrival }[],
  left: BaseError[],
): PlacedSamples[] {
  const columns = kind.columns(spec);
  const lots: {
    header: readonly string[];
    rows: (readonly string[])[];
    numbers: number[];
    positions: number[];
  }[] = [];
  for (const { position, arrival } of arrivals) {
    try {
      const { header, cells } = cellsOf(arrival, columns, { source, separator: kind.separator(spec) });
      let lot = lots.at(-1);
      if (lot?.header.join("\0") !== header.join("\0")) {
        lot = { header, rows: [], numbers: [], positions: [] };
        lots.push(lot);
      }
      lot!.rows.push(cells);
      lot!.numbers.push(arrival.row);
      lot!.positions.push(position);
    } catch (error) {
      if (!(error instanceof BaseError)) throw error;
      left.push(error);
    }
  }
  return lots.flatMap(({ positions, ...table }) =>
    samplesOfTable(kind, spec, source, table, positions, left),
  );
}

/** Samples of a table: of its halves, where one of its rows cannot be read, until that is alone. */
function samplesOfTable(
  kind: OwnRows<never>,
  spec: never,
  source: string,
  table: Required<CsvTable>,
  positions: readonly number[],
  left: BaseError[],
): PlacedSamples[] {
  try {
    return [{ samples: withoutClients(kind.read(spec, source, table)), positions }];
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    const { length } = positions;
    // What is wrong with all of them is told of one.
    if (length === 1 || error.code !== "DATA_VALUE") {
      for (const _ of positions) left.push(error);
      return [];
    }
    const half = length >> 1;
    return [
      [0, half],
      [half, length],
    ].flatMap(([from, until]) =>
      samplesOfTable(
        kind,
        spec,
        source,
        {
          header: table.header,
          rows: table.rows.slice(from, until),
          numbers: table.numbers.slice(from, until),
        },
        positions.slice(from, until),
        left,
      ),
    );
  }
}

/** A row's cells, with their header. @throws BaseError naming the row. */
function cellsOf(
  arrival: RowArrival,
  columns: readonly string[],
  { source, separator }: { source: string; separator: string },
): { header: readonly string[]; cells: readonly string[] } {
  const { row } = arrival;
  if ("cells" in arrival) {
    const { cells } = arrival;
    // In the task's order; columns that it does not describe do not matter.
    const header = columns.filter((column) => Object.hasOwn(cells, column));
    return { header, cells: header.map((column) => cells[column]!) };
  }
  const { text, header } = arrival;
  const names = header === undefined ? columns : parseCsvRecord(header, { file: source, row: 1, separator });
  const cells = parseCsvRecord(text, { file: source, row, separator });
  if (cells.length !== names.length) throw columnCountError(source, row, cells.length, names.length);
  return { header: names, cells };
}

function withoutClients(samples: Dataset): Dataset {
  return { ...samples, clients: undefined };
}
