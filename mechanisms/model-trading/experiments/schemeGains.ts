import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { coupledPrices } from "../mathematics/coupledPrices.ts";
import type { DerivedGame } from "../mathematics/DerivedGame.ts";
import { Followers } from "../mathematics/Followers.ts";
import { indexOfAll, LARGEST_INDEX } from "../mathematics/feasibility.ts";
import type { SchemeKey } from "../mathematics/proxyImmersion.ts";
import { roundClock } from "../mathematics/roundClock.ts";
import {
  type Allocation,
  fixedScheme,
  proportionalScheme,
  proxyScheme,
  schemeOutcome,
} from "../mathematics/schemes.ts";
import { saturatingPrices, uniformPrices } from "../mathematics/uniformPrices.ts";
import { drawnGame } from "./drawnGame.ts";

/** Readings of the schemes that go by a key, and the scheme that goes by none. */
export const READINGS = ["P-equal", "P-full", "Q-uniform", "Q-saturating", "fixed"] as const;
export type Reading = (typeof READINGS)[number];

const KEYS: readonly SchemeKey[] = ["x_based", "w_based", "w_x_based"];
/** Of a budget P-full uses all but this share, so that rounding never passes it. */
const RESERVE = 1e-9;
const SEED = 1;

/** What the immersion-aware scheme gains over one reading on one draw, as shares. */
export interface SchemeGain {
  /** More IoM, mean over the reading's schemes: IoM/IoM_scheme − 1; ∞ over a scheme without any. */
  immersion: number;
  /** Less time a round, mean over schemes and MSPs: 1 − D/D_scheme; 1 over a scheme whose rounds do not end. */
  time: number;
}

/** Gains on all draws of a load. */
export interface DrawnGains {
  load: number;
  /** For each reading, one a draw. */
  gains: Readonly<Record<Reading, readonly SchemeGain[]>>;
  /** Draws in which some MU cannot serve all MSPs, or would not: they have no such equilibrium, and are left out. */
  without: number;
  /** Draws in which a budget binds at the equilibrium. */
  binding: number;
}

/** The immersion-aware scheme against all readings on the same draws. */
export function schemeGains(load: number, draws: number): DrawnGains {
  const gains: Record<Reading, SchemeGain[]> = {
    "P-equal": [],
    "P-full": [],
    "Q-uniform": [],
    "Q-saturating": [],
    fixed: [],
  };
  let without = 0;
  let binding = 0;
  for (let draw = 0; draw < draws; draw++) {
    const game = drawnGame(new SeededRandom(SEED, "game", draw), load);
    const equilibrium = equilibriumOf(game);
    if (equilibrium === undefined) {
      without++;
      continue;
    }
    if (equilibrium.binds) binding++;
    const ours = measure(game, equilibrium);
    const uniform = KEYS.map((key) => ({ key, prices: uniformPrices(game, key, "rational") }));
    for (const reading of READINGS) {
      const measured = allocations(game, reading, { equilibrium, uniform, draw }).map((one) =>
        measure(game, one),
      );
      gains[reading].push({
        immersion: mean(measured.map(({ immersion }) => ours.immersion / immersion - 1)),
        time: mean(
          measured.flatMap(({ roundSeconds }) =>
            Array.from(roundSeconds, (seconds, n) => 1 - ours.roundSeconds[n]! / seconds),
          ),
        ),
      });
    }
  }
  return { load, gains, without, binding };
}

/** The equilibrium with everyone in and C2 slack; undefined when there is none. */
function equilibriumOf(game: DerivedGame): (Allocation & { binds: boolean }) | undefined {
  for (let m = 0; m < game.users; m++) if (!(indexOfAll(game, m) < LARGEST_INDEX)) return undefined;
  const followers = new Followers(game, "rational");
  followers.respond(coupledPrices(game).prices);
  const { served, deadlineMultiplier, cpuMultiplier, radioMultiplier, computation, bandwidth } = followers;
  if (served.includes(0) || deadlineMultiplier.some((multiplier) => multiplier > 0)) return undefined;
  const binds = [cpuMultiplier, radioMultiplier].some((all) => all.some((multiplier) => multiplier > 0));
  return { computation, bandwidth, binds };
}

/** What a reading allocates: one allocation for each of its schemes. */
function allocations(
  game: DerivedGame,
  reading: Reading,
  {
    equilibrium,
    uniform,
    draw,
  }: {
    equilibrium: Allocation;
    uniform: readonly { key: SchemeKey; prices: Float64Array }[];
    draw: number;
  },
): Allocation[] {
  switch (reading) {
    case "P-equal": {
      const totals = {
        computation: rowSums(equilibrium.computation, game.providers),
        bandwidth: rowSums(equilibrium.bandwidth, game.providers),
      };
      return KEYS.map((key) => proportionalScheme(game, key, totals));
    }
    case "P-full": {
      const totals = {
        computation: game.cpuBudget.map((budget) => budget * (1 - RESERVE)),
        bandwidth: game.radioMegahertz.map((budget) => budget * (1 - RESERVE)),
      };
      return KEYS.map((key) => proportionalScheme(game, key, totals));
    }
    case "Q-uniform":
      return uniform.map(({ key, prices }) => proxyScheme(game, key, prices, "rational"));
    case "Q-saturating":
      return uniform.map(({ key, prices }) =>
        proxyScheme(game, key, saturatingPrices(game, key, prices), "rational"),
      );
    case "fixed": {
      const random = new SeededRandom(SEED, "fixed", draw);
      const shares = () => Float64Array.from({ length: game.users * game.providers }, () => random.uniform());
      return [fixedScheme(game, { computation: shares(), bandwidth: shares() })];
    }
  }
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

function rowSums(matrix: Float64Array, columns: number): Float64Array {
  return Float64Array.from({ length: matrix.length / columns }, (_, m) =>
    matrix.subarray(m * columns, (m + 1) * columns).reduce((sum, value) => sum + value, 0),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
