import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import type { DerivedGame } from "../mathematics/DerivedGame.ts";
import { roundClock } from "../mathematics/roundClock.ts";
import { type Allocation, schemeOutcome } from "../mathematics/schemes.ts";
import { CANONICAL_GAME } from "./canonicalGame.ts";
import { drawnGame } from "./drawnGame.ts";
import {
  drawnFixed,
  equilibriumOf,
  keyedAllocations,
  READINGS,
  type Reading,
  uniformByKey,
} from "./schemeAllocations.ts";

const SEED = 1;

/** What the immersion-aware scheme gains over one reading on one draw, as shares. */
export interface SchemeGain {
  /** More IoM, mean over the reading's schemes: IoM/IoM_scheme − 1; ∞ over a scheme without any. */
  immersion: number;
  /** Less time a round, mean over schemes and MSPs: 1 − D/D_scheme; 1 over a scheme whose rounds do not end. */
  time: number;
  /** D_n of each of the reading's schemes, s. [N] each */
  roundSeconds: readonly Float64Array[];
}

/** Gains on all draws of a load. */
export interface DrawnGains {
  load: number;
  /** For each reading, one a draw. */
  gains: Readonly<Record<Reading, readonly SchemeGain[]>>;
  /** D_n at the equilibrium, s, one list a draw. [N] each */
  roundSeconds: readonly Float64Array[];
  /** Draws in which some MU cannot serve all MSPs, or would not: they have no such equilibrium, and are left out. */
  without: number;
  /** Draws in which a budget binds at the equilibrium. */
  binding: number;
}

/**
 * The immersion-aware scheme against all readings on the same draws.
 *
 * @param guidanceSeconds - T, s.
 */
export function schemeGains(
  load: number,
  draws: number,
  guidanceSeconds: number = CANONICAL_GAME.T,
): DrawnGains {
  const gains: Record<Reading, SchemeGain[]> = {
    "P-equal": [],
    "P-full": [],
    "Q-uniform": [],
    "Q-saturating": [],
    fixed: [],
  };
  const own: Float64Array[] = [];
  let without = 0;
  let binding = 0;
  for (let draw = 0; draw < draws; draw++) {
    const game = drawnGame(new SeededRandom(SEED, "game", draw), load, { guidanceSeconds });
    const equilibrium = equilibriumOf(game);
    if (equilibrium === undefined) {
      without++;
      continue;
    }
    if (equilibrium.binds) binding++;
    const ours = measure(game, equilibrium);
    own.push(ours.roundSeconds);
    const uniform = uniformByKey(game);
    for (const reading of READINGS) {
      const allocations =
        reading === "fixed"
          ? [drawnFixed(game, draw)]
          : keyedAllocations(game, reading, { equilibrium, uniform });
      const measured = allocations.map((one) => measure(game, one));
      gains[reading].push({
        immersion: mean(measured.map(({ immersion }) => ours.immersion / immersion - 1)),
        time: mean(
          measured.flatMap(({ roundSeconds }) =>
            Array.from(roundSeconds, (seconds, n) => 1 - ours.roundSeconds[n]! / seconds),
          ),
        ),
        roundSeconds: measured.map(({ roundSeconds }) => roundSeconds),
      });
    }
  }
  return { load, gains, roundSeconds: own, without, binding };
}

function measure(
  game: DerivedGame,
  allocation: Allocation,
): { immersion: number; roundSeconds: Float64Array } {
  const immersion = schemeOutcome(game, allocation).immersion.reduce((sum, value) => sum + value, 0);
  return {
    immersion,
    roundSeconds: roundClock(game, allocation.computation, allocation.bandwidth).roundSeconds,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
