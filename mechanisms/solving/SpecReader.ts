import { nearestName } from "../../files/nearestName.ts";
import { SpecError } from "./SpecError.ts";

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
/** Any finite number. */
export const ANY: Allowed = { words: "a number", test: () => true };

/** Numbers above `least`, up to `most`. */
export function aboveUpTo(least: number, most: number): Allowed {
  return { words: `above ${least} and at most ${most}`, test: (value) => value > least && value <= most };
}

/** Numbers from `least` to `most`. */
export function between(least: number, most: number): Allowed {
  return { words: `from ${least} to ${most}`, test: (value) => value >= least && value <= most };
}

/** Whole numbers from `least` to `most`. */
export function whole(least: number, most: number): Allowed {
  return {
    words: `a whole number from ${least} to ${most}`,
    test: (value) => Number.isInteger(value) && value >= least && value <= most,
  };
}

/** What is said of a word that is none of those allowed, with the one that was most likely meant. */
export function mustBeOneOf(name: string, value: unknown, words: readonly string[]): string {
  const near = typeof value === "string" ? nearestName(value, words) : undefined;
  return `${name} must be one of ${words.join(", ")}${near === undefined ? "" : `; did you mean ${near}?`}`;
}

/** Lists longer than this are refused where nothing else says how long they are. */
const MOST_ENTRIES = 100_000;

/**
 * Reads the fields of an untrusted input. `null` counts as absent; fields that nobody knows are refused at the end
 * (`refuseUnasked`). Every list is read into a new array, [M·N] for a matrix.
 *
 * @throws SpecError `PARAM` from every method, for an absent field and for what is not a finite number, of another
 * shape or not allowed.
 */
export class SpecReader {
  readonly #input: Readonly<Record<string, unknown>>;
  readonly #path: string;
  /** Names that were asked for, with those under which they may be given. */
  readonly #asked = new Set<string>();
  /** Readers of what is inside. */
  readonly #inner: SpecReader[] = [];

  constructor(input: unknown, path = "") {
    if (typeof input !== "object" || input === null || Array.isArray(input)) {
      throw new SpecError("PARAM", `${path === "" ? "the input" : path} must be an object`);
    }
    this.#input = input as Record<string, unknown>;
    this.#path = path;
  }

  /** The value of a field; undefined for an absent one. */
  raw(name: string): unknown {
    this.#asked.add(name);
    return Object.hasOwn(this.#input, name) ? (this.#input[name] ?? undefined) : undefined;
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  /** Names of all fields that are given. */
  names(): string[] {
    return Object.keys(this.#input).filter((name) => this.has(name));
  }

  /** A field that is an object itself; an empty one when it is absent and `optional`. */
  inner(name: string, options: { optional?: true } = {}): SpecReader {
    const value = options.optional ? (this.raw(name) ?? {}) : this.given(name);
    return this.#within(value, this.named(name));
  }

  /**
   * Refuses what was given and never asked for: a name written wrong would be taken for one left out. To be called once
   * everything was read.
   *
   * @param known - Names that are fields of other kinds, and may be there.
   */
  refuseUnasked(known: readonly string[]): void {
    const names = [...this.#asked, ...known];
    for (const name of Object.keys(this.#input)) {
      if (names.includes(name) || (this.#input[name] ?? undefined) === undefined) continue;
      const near = nearestName(name, names);
      const where = this.#path === "" ? name : `${this.#path}.${name}`;
      throw new SpecError(
        "PARAM",
        `there is no field ${where}${near === undefined ? "" : `; did you mean ${near}?`}`,
      );
    }
    for (const reader of this.#inner) reader.refuseUnasked(known);
  }

  number(name: string, allowed: Allowed, absent?: number): number {
    if (absent !== undefined && !this.has(name)) return absent;
    return this.#number(this.given(name), allowed, this.named(name));
  }

  /** A whole number from 0 to `most`. */
  index(name: string, most: number): number {
    return this.number(name, whole(0, most));
  }

  /** True or false. */
  flag(name: string, absent = false): boolean {
    const value = this.raw(name) ?? absent;
    if (typeof value !== "boolean") throw new SpecError("PARAM", `${this.named(name)} must be true or false`);
    return value;
  }

  /** A list of anything, of at most so many entries. */
  list(name: string, most = MOST_ENTRIES): unknown[] {
    const value = this.given(name);
    if (!Array.isArray(value) || value.length > most) {
      throw new SpecError("PARAM", `${this.named(name)} must be a list of at most ${most} entries`);
    }
    return value;
  }

  /** A list of numbers that may be of any length. */
  numbers(name: string, allowed: Allowed, most = MOST_ENTRIES): number[] {
    return this.list(name, most).map((one, i) => this.#number(one, allowed, `${this.named(name)}[${i}]`));
  }

  /** A list of any length whose entries are lists of `columns` numbers each. */
  table(name: string, columns: number, allowed: Allowed, most = MOST_ENTRIES): Float64Array {
    const rows = this.list(name, most);
    return this.#matrix(rows, rows.length, columns, allowed, this.named(name));
  }

  /** A list of lists of numbers, of any lengths. */
  lists(name: string, allowed: Allowed, most = MOST_ENTRIES): number[][] {
    return this.list(name, most).map((line, i) => {
      const named = `${this.named(name)}[${i}]`;
      if (!Array.isArray(line) || line.length > most) {
        throw new SpecError("PARAM", `${named} must be a list of at most ${most} entries`);
      }
      return line.map((one, k) => this.#number(one, allowed, `${named}[${k}]`));
    });
  }

  /** A list of objects. */
  records(name: string, most = MOST_ENTRIES): SpecReader[] {
    return this.list(name, most).map((one, i) => this.#within(one, `${this.named(name)}[${i}]`));
  }

  vector(name: string, length: number, allowed: Allowed): Float64Array {
    return this.#vector(this.given(name), length, allowed, this.named(name));
  }

  /** One number for all, or one each. */
  numberOrVector(name: string, length: number, allowed: Allowed): Float64Array {
    const value = this.given(name);
    if (Array.isArray(value)) return this.#vector(value, length, allowed, this.named(name));
    return new Float64Array(length).fill(this.#number(value, allowed, this.named(name)));
  }

  /** A matrix, row after row. */
  matrix(name: string, rows: number, columns: number, allowed: Allowed): Float64Array {
    return this.#matrix(this.given(name), rows, columns, allowed, this.named(name));
  }

  /** One row for all rows, or a matrix. */
  rowOrMatrix(name: string, rows: number, columns: number, allowed: Allowed): Float64Array {
    const value = this.given(name);
    if (Array.isArray(value) && Array.isArray(value[0])) return this.matrix(name, rows, columns, allowed);
    const row = this.#vector(value, columns, allowed, this.named(name));
    return Float64Array.from({ length: rows * columns }, (_, at) => row[at % columns]!);
  }

  /** A matrix of short lists: row after row, list after list. */
  cube(name: string, rows: number, columns: number, depth: number, allowed: Allowed): Float64Array {
    const value = this.given(name);
    const named = this.named(name);
    if (!Array.isArray(value) || value.length !== rows) {
      throw new SpecError("PARAM", `${named} must be a list of ${rows} rows`);
    }
    const cube = new Float64Array(rows * columns * depth);
    for (let m = 0; m < rows; m++) {
      cube.set(this.#matrix(value[m], columns, depth, allowed, `${named}[${m}]`), m * columns * depth);
    }
    return cube;
  }

  /** Numbers of rows and columns of a matrix, each at least 1. */
  shape(name: string): { rows: number; columns: number } {
    const value = this.given(name);
    if (!Array.isArray(value) || value.length === 0 || !Array.isArray(value[0]) || value[0].length === 0) {
      throw new SpecError("PARAM", `${this.named(name)} must be a list of rows`);
    }
    return { rows: value.length, columns: value[0].length };
  }

  /** One of several words; the first when absent. */
  choice<T extends string>(name: string, words: readonly [T, ...T[]], options: { required?: true } = {}): T {
    const value = options.required ? this.given(name) : (this.raw(name) ?? words[0]);
    const word = words.find((one) => one === value);
    if (word === undefined) {
      throw new SpecError("PARAM", mustBeOneOf(this.named(name), value, words));
    }
    return word;
  }

  /** The value of a field that must be there. */
  protected given(name: string): unknown {
    const value = this.raw(name);
    if (value !== undefined) return value;
    const near = nearestName(
      name,
      Object.keys(this.#input).filter((other) => !this.#asked.has(other)),
    );
    throw new SpecError(
      "PARAM",
      `${this.named(name)} is missing${near === undefined ? "" : `; there is ${near}`}`,
    );
  }

  #within(value: unknown, path: string): SpecReader {
    const reader = new SpecReader(value, path);
    this.#inner.push(reader);
    return reader;
  }

  /** The field's name with where it is. */
  protected named(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }

  /** What is given for a number, as a number; whatever else it is comes back as it is. */
  protected numeric(value: unknown): unknown {
    // Large whole numbers arrive as bigints.
    return typeof value === "bigint" ? Number(value) : value;
  }

  /** What is said of a number that is not allowed. */
  protected outside(name: string, words: string): string {
    return `${name} must be ${words}`;
  }

  #number(value: unknown, { words, test }: Allowed, name: string): number {
    const number = this.numeric(value);
    if (typeof number !== "number" || !Number.isFinite(number)) {
      throw new SpecError("PARAM", `${name} must be a number`);
    }
    if (!test(number)) {
      throw new SpecError("PARAM", this.outside(name, words), {
        details: `${number} is not ${words}.`,
      });
    }
    return number;
  }

  #vector(value: unknown, length: number, allowed: Allowed, name: string): Float64Array {
    if (!Array.isArray(value) || value.length !== length) {
      throw new SpecError("PARAM", `${name} must be a list of ${length}`);
    }
    return Float64Array.from(value, (one, i) => this.#number(one, allowed, `${name}[${i}]`));
  }

  #matrix(value: unknown, rows: number, columns: number, allowed: Allowed, name: string): Float64Array {
    if (!Array.isArray(value) || value.length !== rows) {
      throw new SpecError("PARAM", `${name} must be a list of ${rows} rows`);
    }
    const matrix = new Float64Array(rows * columns);
    for (let m = 0; m < rows; m++) {
      matrix.set(this.#vector(value[m], columns, allowed, `${name}[${m}]`), m * columns);
    }
    return matrix;
  }
}
