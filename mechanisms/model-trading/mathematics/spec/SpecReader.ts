import { TradingError } from "../TradingError.ts";

/** Which numbers are allowed: in words, and as a test. */
export interface Allowed {
  readonly words: string;
  readonly test: (value: number) => boolean;
}

export const POSITIVE: Allowed = { words: "above 0", test: (value) => value > 0 };
export const NOT_NEGATIVE: Allowed = { words: "0 or more", test: (value) => value >= 0 };
export const FRACTION: Allowed = {
  words: "between 0 and 1, both excluded",
  test: (value) => value > 0 && value < 1,
};
export const SHARE: Allowed = { words: "from 0 to 1", test: (value) => value >= 0 && value <= 1 };

/**
 * Reads the fields of an untrusted input. `null` counts as absent; fields nobody asks for are ignored. Every list is
 * read into a new array, [M·N] for a matrix.
 *
 * @throws TradingError `PARAM` from every method, for an absent field and for what is not a finite number, of another
 * shape or not allowed.
 */
export class SpecReader {
  readonly #input: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(input: unknown, path = "") {
    if (typeof input !== "object" || input === null || Array.isArray(input)) {
      throw new TradingError("PARAM", `${path === "" ? "the input" : path} must be an object`);
    }
    this.#input = input as Record<string, unknown>;
    this.#path = path;
  }

  /** The value of a field; undefined for an absent one. */
  raw(name: string): unknown {
    return Object.hasOwn(this.#input, name) ? (this.#input[name] ?? undefined) : undefined;
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  /** A field that is an object itself. */
  inner(name: string): SpecReader {
    return new SpecReader(this.#given(name), this.#named(name));
  }

  number(name: string, allowed: Allowed, absent?: number): number {
    if (absent !== undefined && !this.has(name)) return absent;
    return toNumber(this.#given(name), allowed, this.#named(name));
  }

  /** A whole number from 0 to `most`. */
  index(name: string, most: number): number {
    const words = `a whole number from 0 to ${most}`;
    return this.number(name, {
      words,
      test: (value) => Number.isInteger(value) && value >= 0 && value <= most,
    });
  }

  vector(name: string, length: number, allowed: Allowed): Float64Array {
    return toVector(this.#given(name), length, allowed, this.#named(name));
  }

  /** One number for all, or one each. */
  numberOrVector(name: string, length: number, allowed: Allowed): Float64Array {
    const value = this.#given(name);
    if (Array.isArray(value)) return toVector(value, length, allowed, this.#named(name));
    return new Float64Array(length).fill(toNumber(value, allowed, this.#named(name)));
  }

  /** A matrix, row after row. */
  matrix(name: string, rows: number, columns: number, allowed: Allowed): Float64Array {
    return toMatrix(this.#given(name), rows, columns, allowed, this.#named(name));
  }

  /** One row for all rows, or a matrix. */
  rowOrMatrix(name: string, rows: number, columns: number, allowed: Allowed): Float64Array {
    const value = this.#given(name);
    if (Array.isArray(value) && Array.isArray(value[0])) return this.matrix(name, rows, columns, allowed);
    const row = toVector(value, columns, allowed, this.#named(name));
    return Float64Array.from({ length: rows * columns }, (_, at) => row[at % columns]!);
  }

  /** A matrix of short lists: row after row, list after list. */
  cube(name: string, rows: number, columns: number, depth: number, allowed: Allowed): Float64Array {
    const value = this.#given(name);
    const named = this.#named(name);
    if (!Array.isArray(value) || value.length !== rows) {
      throw new TradingError("PARAM", `${named} must be a list of ${rows} rows`);
    }
    const cube = new Float64Array(rows * columns * depth);
    for (let m = 0; m < rows; m++) {
      cube.set(toMatrix(value[m], columns, depth, allowed, `${named}[${m}]`), m * columns * depth);
    }
    return cube;
  }

  /** Numbers of rows and columns of a matrix, each at least 1. */
  shape(name: string): { rows: number; columns: number } {
    const value = this.#given(name);
    if (!Array.isArray(value) || value.length === 0 || !Array.isArray(value[0]) || value[0].length === 0) {
      throw new TradingError("PARAM", `${this.#named(name)} must be a list of rows`);
    }
    return { rows: value.length, columns: value[0].length };
  }

  /** One of several words; the first when absent. */
  choice<T extends string>(name: string, words: readonly [T, ...T[]], options: { required?: true } = {}): T {
    const value = options.required ? this.#given(name) : (this.raw(name) ?? words[0]);
    const word = words.find((one) => one === value);
    if (word === undefined)
      throw new TradingError("PARAM", `${this.#named(name)} must be one of ${words.join(", ")}`);
    return word;
  }

  #given(name: string): unknown {
    const value = this.raw(name);
    if (value === undefined) throw new TradingError("PARAM", `${this.#named(name)} is missing`);
    return value;
  }

  #named(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }
}

function toNumber(value: unknown, { words, test }: Allowed, name: string): number {
  // Large whole numbers arrive as bigints.
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) {
    throw new TradingError("PARAM", `${name} must be a number`);
  }
  if (!test(number))
    throw new TradingError("PARAM", `${name} must be ${words}`, { details: `It is ${number}.` });
  return number;
}

function toVector(value: unknown, length: number, allowed: Allowed, name: string): Float64Array {
  if (!Array.isArray(value) || value.length !== length) {
    throw new TradingError("PARAM", `${name} must be a list of ${length}`);
  }
  return Float64Array.from(value, (one, i) => toNumber(one, allowed, `${name}[${i}]`));
}

function toMatrix(
  value: unknown,
  rows: number,
  columns: number,
  allowed: Allowed,
  name: string,
): Float64Array {
  if (!Array.isArray(value) || value.length !== rows) {
    throw new TradingError("PARAM", `${name} must be a list of ${rows} rows`);
  }
  const matrix = new Float64Array(rows * columns);
  for (let m = 0; m < rows; m++)
    matrix.set(toVector(value[m], columns, allowed, `${name}[${m}]`), m * columns);
  return matrix;
}
