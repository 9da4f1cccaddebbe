import type { DerivedGame } from "./DerivedGame.ts";

/** A set with an index from here on counts as one that cannot be served. */
export const LARGEST_INDEX = 1 - 1e-12;

/**
 * How much of its budgets MU m needs at the least to serve a set of MSPs within C1, C2 and C3: below 1 it can.
 *
 *     (A + D)/2 + √((A − D)²/4 + E²),   A = Σ a/(h F^e),  D = Σ b'/(h B^max),  E = Σ √(a b'/(F^e B^max))/h
 *
 * It is the spectral radius of the least demands (`shadowPrices.ts`), and the maximum over l in [0, 1] of
 * Σ (√(l a/F^e) + √((1 − l) b'/B^max))²/h. Printed nowhere in the paper, which takes budgets to be slack.
 *
 * @param set - The MSPs; the first `size` entries count.
 * @returns 0 for the empty set; ∞ for another when basic services leave no CPU.
 */
export function feasibilityIndex(
  game: DerivedGame,
  m: number,
  set: ArrayLike<number>,
  size = set.length,
): number {
  if (size === 0) return 0;
  const cpu = game.cpuBudget[m]!;
  if (!(cpu > 0)) return Number.POSITIVE_INFINITY;
  const radio = game.radioMegahertz[m]!;
  const row = m * game.providers;
  let work = 0;
  let airtime = 0;
  let mixed = 0;
  for (let i = 0; i < size; i++) {
    const n = set[i]!;
    const s = game.workRoot[row + n]!;
    const t = game.airtimeRoot[row + n]!;
    const h = game.halfDeadline[n]!;
    work += (s * s) / h;
    airtime += (t * t) / h;
    mixed += (s * t) / h;
  }
  const half = (work / cpu - airtime / radio) / 2;
  return (work / cpu + airtime / radio) / 2 + Math.sqrt(half * half + (mixed * mixed) / (cpu * radio));
}

/** The index of all N MSPs. */
export function indexOfAll(game: DerivedGame, m: number): number {
  return feasibilityIndex(
    game,
    m,
    Array.from({ length: game.providers }, (_, n) => n),
  );
}
