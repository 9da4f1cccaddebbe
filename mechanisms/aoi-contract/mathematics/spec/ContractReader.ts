import { Rational } from "../../../../numerics/Rational.ts";
import { type Allowed, ANY, mustBeOneOf, POSITIVE, SpecReader } from "../../../solving/SpecReader.ts";
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
 * | `loss_aversion` | `lossAversion` | `gain_sensitivity` | `gainSensitivity` |
 * | `loss_sensitivity` | `lossSensitivity` | | |
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
  loss_aversion: ["lossAversion"],
  gain_sensitivity: ["gainSensitivity"],
  loss_sensitivity: ["lossSensitivity"],
};

/**
 * Reads the fields of an untrusted input by their short or long names. Numbers may be written as text, decimal or
 * "p/q".
 *
 * @throws SpecError or ContractError `PARAM` from every method, for an absent field without default and for bad values;
 * the errors of `Rational.from` for text that is no number.
 *
 * @example
 * new ContractReader({ periodSeconds: "1/2" }).number("t"); // 0.5
 */
export class ContractReader extends SpecReader {
  /** The value under the short or a long name. */
  override raw(name: string): unknown {
    const given = [name, ...(LONG_NAMES[name] ?? [])].filter((key) => super.raw(key) !== undefined);
    if (given.length > 1) throw new ContractError("PARAM", `give ${given.join(" or ")}, not both`);
    return given.length === 0 ? undefined : super.raw(given[0]!);
  }

  override number(name: string, allowed: Allowed = ANY, absent?: number): number {
    return super.number(name, allowed, absent);
  }

  positive(name: string, absent?: number): number {
    return this.number(name, POSITIVE, absent);
  }

  /** A natural number, from `least` (1 unless given) to a million. */
  natural(name: string, least = 1): number {
    const natural = this.number(name);
    if (!Number.isInteger(natural) || natural < least) {
      throw new ContractError("PARAM", `${name} must be a natural number`);
    }
    if (natural > 1e6) throw new ContractError("PARAM", `${name} out of range: ${natural} is above 1000000`);
    return natural;
  }

  /** A whole number of any size. */
  whole(name: string, least = 0n, absent?: bigint): bigint {
    if (absent !== undefined && !this.has(name)) return absent;
    return toWhole(name, this.given(name), least);
  }

  wholes(name: string): bigint[] {
    return this.list(name, 1e6).map((value) => toWhole(name, value, 0n));
  }

  override numbers(name: string, allowed: Allowed = ANY): number[] {
    return super.numbers(name, allowed);
  }

  rationals(name: string): Rational[] {
    return this.list(name).map((value) => toRational(name, value));
  }

  /** One of several words, each with its meaning. */
  meaning<T>(name: string, meanings: Readonly<Record<string, T>>, absent: T): T {
    const value = this.raw(name);
    if (value === undefined) return absent;
    if (typeof value !== "string" || !Object.hasOwn(meanings, value)) {
      throw new ContractError("PARAM", mustBeOneOf(name, value, Object.keys(meanings)));
    }
    return meanings[value]!;
  }

  protected override numeric(value: unknown): unknown {
    return typeof value === "bigint" || typeof value === "string" ? Rational.from(value).toNumber() : value;
  }

  protected override outside(name: string): string {
    return `${name} out of range`;
  }

  protected override named(name: string): string {
    const long = this.has(name) ? undefined : LONG_NAMES[name];
    return long === undefined ? name : `${name} (${long.join(", ")})`;
  }
}

function toRational(name: string, value: unknown): Rational {
  if (typeof value === "bigint" || typeof value === "string" || Number.isFinite(value)) {
    return Rational.from(value as bigint | string | number);
  }
  throw new ContractError("PARAM", `${name} must be a number`);
}

function toWhole(name: string, value: unknown, least: bigint): bigint {
  const rational = toRational(name, value);
  if (rational.denominator !== 1n) throw new ContractError("PARAM", `${name} must be a whole number`);
  if (rational.numerator < least) {
    throw new ContractError("PARAM", `${name} out of range: ${rational.numerator} is below ${least}`);
  }
  return rational.numerator;
}
