import { unzipSync } from "fflate";
import { BaseError } from "../../protocol/BaseError.ts";
import { type NpyArray, type NpyNumbers, parseNpy } from "./npy.ts";
import type { TableColumns } from "./TableColumns.ts";

/** Most arrays of a file. */
const MOST_ARRAYS = 10_000;
/** Most bytes of an array that is read: a header says how large it becomes, which a few bytes can. */
const MOST_BYTES = 2 ** 31;
const SUFFIX = ".npy";

/** A table of arrays: cells are the rows of each, flat. */
export interface NpzTable extends TableColumns {
  /** The shape of an array that was read. */
  shape(name: string): readonly number[];
}

/**
 * Reads arrays as `numpy.savez` and `numpy.savez_compressed` write them: a ZIP file of `.npy`, stored or deflated. Only
 * those that are asked for are uncompressed; their first dimension, which all of them share, counts the rows.
 *
 * @param file - Its name, for errors.
 * @throws BaseError `NPZ_FORMAT`, and `NPY_FORMAT` naming the array.
 */
export function npzTable(file: string, bytes: Uint8Array, wanted: readonly string[]): NpzTable {
  const refuse = (details: string, next = "Save it again with numpy.savez, a row a sample.") =>
    new BaseError("NPZ_FORMAT", `${file} is no file of arrays that can be read.`, { details, next });
  const names: string[] = [];
  let files: Record<string, Uint8Array>;
  const sizes = new Map<string, number>();
  try {
    files = unzipSync(bytes, {
      filter({ name, originalSize }) {
        if (names.length >= MOST_ARRAYS) throw refuse(`It has more than ${MOST_ARRAYS} entries.`);
        const array = name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name;
        names.push(array);
        if (!wanted.includes(array)) return false;
        if (sizes.has(array)) throw refuse(`It has the array ${array} twice.`);
        if (originalSize > MOST_BYTES) {
          throw refuse(
            `The array ${array} is of ${originalSize} bytes; at most ${MOST_BYTES} are read.`,
            "Save fewer samples a file, or smaller numbers.",
          );
        }
        sizes.set(array, originalSize);
        return true;
      },
    });
  } catch (cause) {
    if (cause instanceof BaseError) throw cause;
    throw refuse(`${cause instanceof Error ? cause.message : String(cause)}.`);
  }
  const arrays = new Map<string, NpyArray>();
  for (const [name, content] of Object.entries(files)) {
    const array = name.slice(0, -SUFFIX.length);
    if (content.length !== sizes.get(array)) throw refuse(`The array ${array} is cut off.`);
    const parsed = parseNpy(`${file}, array ${array}`, content);
    if (parsed.shape.length === 0) throw refuse(`The array ${array} is a number alone, without rows.`);
    arrays.set(array, parsed);
  }
  const rows = [...arrays.values()][0]?.shape[0] ?? 0;
  for (const [name, { shape }] of arrays) {
    if (shape[0] === rows) continue;
    const others = [...arrays].map(([one, array]) => `${one} (${array.shape.join(", ")})`);
    throw refuse(
      `Its arrays do not have as many rows: ${others.join("; ")}.`,
      `Correct ${name}, or another.`,
    );
  }
  return {
    rows,
    names,
    column: (name) => rowsOf(arrays.get(name)!, rows),
    shape: (name) => arrays.get(name)!.shape,
  };
}

/** Whether a table is of arrays. */
export function isNpzTable(table: TableColumns): table is NpzTable {
  return "shape" in table;
}

/** The rows of an array: numbers where there is one a row, otherwise views. */
function rowsOf({ data }: NpyArray, rows: number): ArrayLike<unknown> {
  const width = rows === 0 ? 1 : data.length / rows;
  if (width === 1) return data;
  return Array.from({ length: rows }, (_, row): NpyNumbers => data.subarray(row * width, (row + 1) * width));
}
