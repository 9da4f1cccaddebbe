import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { coupledPrices } from "../mathematics/coupledPrices.ts";
import type { DerivedGame } from "../mathematics/DerivedGame.ts";
import { Followers } from "../mathematics/Followers.ts";
import { indexOfAll, LARGEST_INDEX } from "../mathematics/feasibility.ts";
import type { SchemeKey } from "../mathematics/proxyImmersion.ts";
import { type Allocation, fixedScheme, proportionalScheme, proxyScheme } from "../mathematics/schemes.ts";
import { saturatingPrices, uniformPrices } from "../mathematics/uniformPrices.ts";

/** Readings of the schemes that go by a key, and the scheme that goes by none. */
export const READINGS = ["P-equal", "P-full", "Q-uniform", "Q-saturating", "fixed"] as const;
export type Reading = (typeof READINGS)[number];
/** Readings of the schemes that go by a key. */
export type KeyedReading = Exclude<Reading, "fixed">;

/** Schemes that go by a key. */
export const KEYS: readonly SchemeKey[] = ["x_based", "w_based", "w_x_based"];
/** Of a budget P-full uses all but this share, so that rounding never passes it. */
const RESERVE = 1e-9;
const SEED = 1;

/** The equilibrium with everyone in and C2 slack; undefined when there is none. */
export function equilibriumOf(game: DerivedGame): (Allocation & { binds: boolean }) | undefined {
  for (let m = 0; m < game.users; m++) if (!(indexOfAll(game, m) < LARGEST_INDEX)) return undefined;
  const followers = new Followers(game, "rational");
  followers.respond(coupledPrices(game).prices);
  const { served, deadlineMultiplier, cpuMultiplier, radioMultiplier, computation, bandwidth } = followers;
  if (served.includes(0) || deadlineMultiplier.some((multiplier) => multiplier > 0)) return undefined;
  const binds = [cpuMultiplier, radioMultiplier].some((all) => all.some((multiplier) => multiplier > 0));
  return { computation, bandwidth, binds };
}

/** The best uniform prices for each key, [N] each; two readings begin with them. */
export type UniformByKey = readonly { readonly key: SchemeKey; readonly prices: Float64Array }[];

export function uniformByKey(game: DerivedGame): UniformByKey {
  return KEYS.map((key) => ({ key, prices: uniformPrices(game, key, "rational") }));
}

/** What a reading has the MUs give under each scheme, in the order of {@link KEYS}. */
export function keyedAllocations(
  game: DerivedGame,
  reading: KeyedReading,
  { equilibrium, uniform }: { equilibrium: Allocation; uniform: UniformByKey },
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
  }
}

/**
 * The scheme `fixed` with shares from U(lowest, 1).
 *
 * @param draw - Number of the draw; a draw's shares are the same in every game of the same size.
 */
export function drawnFixed(game: DerivedGame, draw: number, lowest = 0): Allocation {
  const random = new SeededRandom(SEED, "fixed", draw);
  const shares = () =>
    Float64Array.from(
      { length: game.users * game.providers },
      () => lowest + (1 - lowest) * random.uniform(),
    );
  return fixedScheme(game, { computation: shares(), bandwidth: shares() });
}

function rowSums(matrix: Float64Array, columns: number): Float64Array {
  return Float64Array.from({ length: matrix.length / columns }, (_, m) =>
    matrix.subarray(m * columns, (m + 1) * columns).reduce((sum, value) => sum + value, 0),
  );
}
