import { Rational } from "../../../../numerics/Rational.ts";
import { ContractError } from "../ContractError.ts";

/**
 * A readable name for every short one; an input may use either, not both.
 *
 * | short | long | short | long |
 * | ----- | ---- | ----- | ---- |
 * | `c` | `collectionPeriods` | `a` | `idlePeriods` |
 * | `t` | `periodSeconds` | `k` | `fixedPeriods` |
 * | `K` | `toleratedAgeSeconds` | `H` | `toleratedLatencySeconds` |
 * | `beta` | `unitProfit` | `alpha` | `agePreference` |
 * | `M` | `workers` | `Q` | `probabilities` |
 * | `gamma` | `updatesPerCost` | `delta` | `unitCosts` |
 * | `delta_scale` | `unitCostScale` | `f` | `frequencies` |
 * | `R` | `rewards` (settle: `reward`) | `theta` | `cycleSeconds` |
 * | `T` | `epochSeconds` | `F` | `updatesPerEpoch` |
 * | `f_min` | `minFrequency` | `f_max` | `maxFrequency` |
 * | `n_range` | `adjustablePeriods` | `phi` | `scanStep` |
 * | `start` | `startSeconds` | `count` | `updates` |
 * | `commits` | `commitSeconds` | `bonus` | `coverageBonus` |
 * | `grace` | `graceSeconds` | `on_conflict` | `onConflict` |
 * | `aoi` | `ageForm` | `latency` | `latencyForm` |
 * | `gamma_min` | `minUpdatesPerCost` | `gamma_max` | `maxUpdatesPerCost` |
 */
export const LONG_NAMES: Readonly<Record<string, readonly string[]>> = {
  c: ["collectionPeriods"],
  a: ["idlePeriods"],
  t: ["periodSeconds"],
  k: ["fixedPeriods"],
  K: ["toleratedAgeSeconds"],
  H: ["toleratedLatencySeconds"],
  beta: ["unitProfit"],
  alpha: ["agePreference"],
  M: ["workers"],
  Q: ["probabilities"],
  gamma: ["updatesPerCost"],
  delta: ["unitCosts"],
  delta_scale: ["unitCostScale"],
  f: ["frequencies"],
  R: ["rewards", "reward"],
  theta: ["cycleSeconds"],
  T: ["epochSeconds"],
  F: ["updatesPerEpoch"],
  f_min: ["minFrequency"],
  f_max: ["maxFrequency"],
  n_range: ["adjustablePeriods"],
  phi: ["scanStep"],
  start: ["startSeconds"],
  count: ["updates"],
  commits: ["commitSeconds"],
  bonus: ["coverageBonus"],
  grace: ["graceSeconds"],
  on_conflict: ["onConflict"],
  aoi: ["ageForm"],
  latency: ["latencyForm"],
  gamma_min: ["minUpdatesPerCost"],
  gamma_max: ["maxUpdatesPerCost"],
};

/** Lists longer than this are refused. */
const MOST_ENTRIES = 100_000;

/** Bounds of a number; a bound is inclusive unless `above` says otherwise. */
interface Bounds {
  min?: number;
  max?: number;
  /** The number must be greater than this. */
  above?: number;
}

const POSITIVE: Bounds = { above: 0 };

/**
 * Reads the fields of an untrusted input by their short or long names. Numbers may be written as text, decimal or
 * "p/q". `null` counts as absent; fields nobody asks for are ignored.
 *
 * @throws ContractError `PARAM` from every method, for an absent field without default and for bad values; the errors
 * of `Rational.from` for text that is no number.
 *
 * @example
 * new SpecReader({ periodSeconds: "1/2" }).number("t"); // 0.5
 */
export class SpecReader {
  readonly #input: Readonly<Record<string, unknown>>;

  constructor(input: unknown) {
    if (typeof input !== "object" || input === null || Array.isArray(input)) {
      throw new ContractError("PARAM", "the input must be an object");
    }
    this.#input = input as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  /** The value under the short or a long name. */
  raw(name: string): unknown {
    const given = [name, ...(LONG_NAMES[name] ?? [])].filter(
      (key) => Object.hasOwn(this.#input, key) && this.#input[key] != null,
    );
    if (given.length > 1) throw new ContractError("PARAM", `give ${given.join(" or ")}, not both`);
    return given.length === 0 ? undefined : this.#input[given[0]!];
  }

  number(name: string, bounds: Bounds = {}, absent?: number): number {
    const value = this.raw(name);
    if (value === undefined) return absent ?? missing(name);
    return toNumber(name, value, bounds);
  }

  positive(name: string, absent?: number): number {
    return this.number(name, POSITIVE, absent);
  }

  /** A natural number, from `least` (1 unless given) to a million. */
  natural(name: string, least = 1): number {
    const value = this.raw(name);
    if (value === undefined) return missing(name);
    const natural = toNumber(name, value, {});
    if (!Number.isInteger(natural) || natural < least) {
      throw new ContractError("PARAM", `${name} must be a natural number`);
    }
    if (natural > 1e6) throw new ContractError("PARAM", `${name} out of range`, { details: "At most 10^6." });
    return natural;
  }

  /** A whole number of any size. */
  whole(name: string, least = 0n, absent?: bigint): bigint {
    const value = this.raw(name);
    if (value === undefined) return absent ?? missing(name);
    return toWhole(name, value, least);
  }

  wholes(name: string): bigint[] {
    return this.list(name, 1e6).map((value) => toWhole(name, value, 0n));
  }

  numbers(name: string, bounds: Bounds = {}): number[] {
    return this.list(name).map((value) => toNumber(name, value, bounds));
  }

  rationals(name: string): Rational[] {
    return this.list(name).map((value) => toRational(name, value));
  }

  list(name: string, most = MOST_ENTRIES): unknown[] {
    const value = this.raw(name);
    if (value === undefined) return missing(name);
    if (!Array.isArray(value) || value.length > most) {
      throw new ContractError("PARAM", `${name} must be a list of at most ${most} entries`);
    }
    return value;
  }

  flag(name: string): boolean {
    const value = this.raw(name) ?? false;
    if (typeof value !== "boolean") throw new ContractError("PARAM", `${name} must be true or false`);
    return value;
  }

  /** One of several words, each with its meaning. */
  choice<T>(name: string, meanings: Readonly<Record<string, T>>, absent: T): T {
    const value = this.raw(name);
    if (value === undefined) return absent;
    if (typeof value !== "string" || !Object.hasOwn(meanings, value)) {
      throw new ContractError("PARAM", `${name} must be one of ${Object.keys(meanings).join(", ")}`);
    }
    return meanings[value]!;
  }
}

function missing(name: string): never {
  const long = LONG_NAMES[name] === undefined ? "" : ` (${LONG_NAMES[name].join(", ")})`;
  throw new ContractError("PARAM", `${name}${long} is missing`);
}

function toRational(name: string, value: unknown): Rational {
  if (typeof value === "bigint" || typeof value === "string" || Number.isFinite(value)) {
    return Rational.from(value as bigint | string | number);
  }
  throw new ContractError("PARAM", `${name} must be a number`);
}

function toNumber(name: string, value: unknown, { min, max, above }: Bounds): number {
  const number = typeof value === "number" ? value : toRational(name, value).toNumber();
  if (!Number.isFinite(number)) throw new ContractError("PARAM", `${name} must be a number`);
  const outside =
    (min !== undefined && number < min) ||
    (max !== undefined && number > max) ||
    (above !== undefined && number <= above);
  if (outside) {
    throw new ContractError("PARAM", `${name} out of range`, {
      details: `${number} is not ${above !== undefined ? `above ${above}` : `from ${min ?? "-∞"} to ${max ?? "∞"}`}.`,
    });
  }
  return number;
}

function toWhole(name: string, value: unknown, least: bigint): bigint {
  const rational = toRational(name, value);
  if (rational.denominator !== 1n) throw new ContractError("PARAM", `${name} must be a whole number`);
  if (rational.numerator < least) throw new ContractError("PARAM", `${name} out of range`);
  return rational.numerator;
}
