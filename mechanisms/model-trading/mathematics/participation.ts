import { TradingError } from "./TradingError.ts";

/**
 * Whether an MU serves all MSPs whatever they pay, as in the paper's Problem 1 (`mandatory`), or may stay away from
 * each (`rational`).
 */
export type Participation = "mandatory" | "rational";

/** An MSP whose u is below 2F by more than this share is in no best set. */
const JOINING = 2 * (1 - 1e-9);
/** More MSPs worth a look than this have too many sets. */
const MOST_CANDIDATES = 20;

/**
 * Whether an MSP can be in a rational MU's best set: what it adds is at most (τ/2)·u·(u − 2F), so only from u = 2F on.
 *
 * @param offer - u = √(p I), √(currency/s).
 * @param threshold - F, √(currency/s).
 */
export function mayJoin(offer: number, threshold: number): boolean {
  return offer > 0 && offer >= JOINING * threshold;
}

/**
 * All sets of the candidates: larger ones first, sets of one size in lexicographic order, the empty set last.
 *
 * @param candidates - Ascending; the first `size` entries count.
 * @param visit - Is given each set, ascending, in an array that the next one overwrites, and its size.
 * @throws TradingError `PARAM` for more than 20 candidates, which have too many sets.
 */
export function everySet(
  candidates: Int32Array,
  size: number,
  visit: (set: Int32Array, size: number) => void,
): void {
  if (size > MOST_CANDIDATES) {
    throw new TradingError("PARAM", `more than ${MOST_CANDIDATES} MSPs are worth serving to one MU`, {
      details: `There are ${size}; a rational MU compares 2^${size} sets of them.`,
      next: "Ask with mode mandatory, or about fewer MSPs.",
    });
  }
  const places = new Int32Array(size);
  const set = new Int32Array(size);
  for (let count = size; count >= 0; count--) {
    for (let i = 0; i < count; i++) places[i] = i;
    for (;;) {
      for (let i = 0; i < count; i++) set[i] = candidates[places[i]!]!;
      visit(set, count);
      // The last place that can still move to the right.
      let i = count - 1;
      while (i >= 0 && places[i] === size - count + i) i--;
      if (i < 0) break;
      places[i]!++;
      for (let j = i + 1; j < count; j++) places[j] = places[j - 1]! + 1;
    }
  }
}
