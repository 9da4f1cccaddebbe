import type { DerivedGame } from "../mathematics/DerivedGame.ts";
import type { Allocation } from "../mathematics/schemes.ts";
import { type TradedClock, tradedClock } from "../mathematics/tradedClock.ts";
import {
  drawnFixed,
  equilibriumOf,
  KEYS,
  type KeyedReading,
  keyedAllocations,
  uniformByKey,
} from "./schemeAllocations.ts";

/** Section VII-B's five schemes, in the order of Table IV. */
export const SCHEMES = ["immersion-aware", ...KEYS, "fixed"] as const;
export type Scheme = "immersion-aware" | (typeof KEYS)[number] | "fixed";

/** What a scheme has the MUs give in each of several repetitions: the same in all, but for `fixed`. */
export interface SchemeRuns {
  readonly scheme: Scheme;
  readonly allocations: readonly Allocation[];
}

/** How the benchmarks are read. */
export interface SchemeReading {
  readonly keyed: KeyedReading;
  /** `fixed` draws shares from U(lowest, 1); 0 unless given. */
  readonly lowest?: number;
}

/**
 * The five schemes on a game.
 *
 * @param repetitions - How often `fixed` is drawn.
 * @throws RangeError when the game has no equilibrium with everyone in.
 */
export function schemeRuns(
  game: DerivedGame,
  { keyed, lowest = 0 }: SchemeReading,
  repetitions: number,
): SchemeRuns[] {
  const equilibrium = equilibriumOf(game);
  if (equilibrium === undefined) throw new RangeError("the game has no equilibrium with everyone in");
  const always = (allocation: Allocation) => Array.from({ length: repetitions }, () => allocation);
  const byKey = keyedAllocations(game, keyed, { equilibrium, uniform: uniformByKey(game) });
  return [
    { scheme: "immersion-aware", allocations: always(equilibrium) },
    ...KEYS.map((scheme, i) => ({ scheme, allocations: always(byKey[i]!) })),
    {
      scheme: "fixed",
      allocations: Array.from({ length: repetitions }, (_, draw) => drawnFixed(game, draw, lowest)),
    },
  ];
}

/** A scheme's clocks, one a repetition. */
export interface SchemeClocks {
  readonly scheme: Scheme;
  readonly clocks: readonly TradedClock[];
}

/** The clocks of the five schemes, rounds back to back. */
export function schemeClocks(game: DerivedGame, reading: SchemeReading, repetitions: number): SchemeClocks[] {
  return schemeRuns(game, reading, repetitions).map(({ scheme, allocations }) => ({
    scheme,
    clocks: allocations.map((allocation) => tradedClock(game, allocation, "back-to-back")),
  }));
}
