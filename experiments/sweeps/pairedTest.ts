import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { meanAndDeviation } from "../learning/meanAndDeviation.ts";
import { studentTTail } from "./studentTTail.ts";

/** What repeated runs say about the difference of two settings. */
export interface PairedTest {
  /** Pairs: seeds with which both ended with a number. */
  readonly pairs: number;
  readonly mean: number;
  /** Sample standard deviation; NaN for one pair. */
  readonly deviation: number;
  /** Pairs with a difference above 0. */
  readonly above: number;
  /** Two-sided p of Student's paired t-test; undefined where it cannot be told: fewer than two pairs, or equal differences. */
  readonly studentP: number | undefined;
  /** Two-sided p of the sign-flip test, which supposes nothing but symmetry; undefined without a pair. */
  readonly flipP: number | undefined;
}

/** Pairs up to which all ways to flip signs are tried. */
const MOST_EXACT = 16;
/** Ways that are drawn beyond. */
const DRAWN = 100_000;
/** Sums that differ by less than rounding does count as equal. */
const ROUNDING = 1e-12;
/** Shares of values below which their differences come of how numbers are written: amounts have at least 9 decimals. */
const DUST = 1e-9;

/** What each value is more than its partner; nothing, where only rounding tells them apart. */
export function differencesOf(values: readonly number[], partners: readonly number[]): number[] {
  return values.map((value, pair) => {
    const difference = value - partners[pair]!;
    return Math.abs(difference) <= DUST * Math.max(Math.abs(value), Math.abs(partners[pair]!))
      ? 0
      : difference;
  });
}

/**
 * Tests whether differences of pairs are about more than chance.
 *
 * Student's t-test supposes normal differences (Student 1908). The sign-flip test takes every difference to be as likely
 * with the other sign and counts how many of the 2^n ways to choose signs give as large a sum (Fisher 1935, The Design of
 * Experiments, § 21): exact up to 16 pairs; beyond, of 100,000 drawn ways with one added for the observed one (Phipson and
 * Smyth 2010). With n pairs its p is at least 2^(1 − n): 0.0625 with five.
 *
 * @param differences - One a seed; those that are no number are left out.
 */
export function pairedTest(differences: readonly number[]): PairedTest {
  const known = differences.filter(Number.isFinite);
  const pairs = known.length;
  if (pairs === 0) {
    return {
      pairs,
      mean: Number.NaN,
      deviation: Number.NaN,
      above: 0,
      studentP: undefined,
      flipP: undefined,
    };
  }
  const { mean, deviation } = meanAndDeviation(known);
  const t = mean / (deviation / Math.sqrt(pairs));
  return {
    ...{ pairs, mean, deviation },
    above: known.filter((difference) => difference > 0).length,
    studentP: deviation > DUST * Math.abs(mean) ? studentTTail(Math.abs(t), pairs - 1) : undefined,
    flipP: flipP(known),
  };
}

function flipP(differences: readonly number[]): number {
  const size = differences.reduce((sum, difference) => sum + Math.abs(difference), 0);
  const observed = Math.abs(differences.reduce((sum, difference) => sum + difference, 0)) - ROUNDING * size;
  return differences.length <= MOST_EXACT
    ? exactFlipP(differences, observed)
    : drawnFlipP(differences, observed);
}

function exactFlipP(differences: readonly number[], observed: number): number {
  const count = (at: number, sum: number): number => {
    if (at === differences.length) return Math.abs(sum) >= observed ? 1 : 0;
    return count(at + 1, sum + differences[at]!) + count(at + 1, sum - differences[at]!);
  };
  return count(0, 0) / 2 ** differences.length;
}

function drawnFlipP(differences: readonly number[], observed: number): number {
  const random = new SeededRandom(1, "sign flips");
  let asLarge = 1;
  for (let draw = 0; draw < DRAWN; draw++) {
    let sum = 0;
    for (const difference of differences) sum += random.uniform() < 0.5 ? difference : -difference;
    if (Math.abs(sum) >= observed) asLarge++;
  }
  return asLarge / (DRAWN + 1);
}

/**
 * Makes p-values of several tests bearable together: the chance that any of them is called by mistake stays at the level
 * (Holm 1979). NaN stays NaN and counts for none.
 *
 * @returns Adjusted p-values, in the order given.
 */
export function holm(values: readonly number[]): number[] {
  const order = values
    .map((p, place) => ({ p, place }))
    .filter(({ p }) => !Number.isNaN(p))
    .sort((a, b) => a.p - b.p);
  const adjusted = values.map(() => Number.NaN);
  let largest = 0;
  for (const [rank, { p, place }] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (order.length - rank) * p));
    adjusted[place] = largest;
  }
  return adjusted;
}
