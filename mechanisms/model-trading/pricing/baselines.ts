import type { RandomSource } from "../../../numerics/RandomSource.ts";
import type { DerivedGame } from "../mathematics/DerivedGame.ts";
import { decreasingFixedPoint } from "../mathematics/decreasingFixedPoint.ts";
import { Followers } from "../mathematics/Followers.ts";
import { offerAt, type ProviderColumn, providerColumn } from "../mathematics/ProviderColumn.ts";
import { providerUtility } from "../mathematics/providerUtility.ts";
import type { PricingMarket } from "./PricingEnvironment.ts";

/** Steps from the lowest price to the highest of the search for a constant one. */
const GRID = 1000;
/** u/F from which on a rational MU joins. */
const JOINING = 2;

/** p_mn, drawn anew at each stage, uniform between the market's bounds. [M·N] */
export function randomPrices(
  { game, lowestPrice, highestPrice }: PricingMarket,
  random: RandomSource,
): Float64Array {
  const range = highestPrice - lowestPrice;
  return Float64Array.from(
    { length: game.users * game.providers },
    () => lowestPrice + range * random.uniform(),
  );
}

/**
 * One price an MSP, the same for all MUs at all stages: that of a grid which earns it most at
 * the mean of the channels, as the others do the same. Exact where MSPs do not compete. [M·N]
 */
export function constantPrices({
  game,
  participation,
  lowestPrice,
  highestPrice,
}: PricingMarket): Float64Array {
  const { users, providers } = game;
  const followers = new Followers(game, participation);
  const best = new Float64Array(providers).fill(Number.NEGATIVE_INFINITY);
  const chosen = new Float64Array(providers);
  const prices = new Float64Array(users * providers);
  for (let step = 0; step <= GRID; step++) {
    const price = lowestPrice + ((highestPrice - lowestPrice) * step) / GRID;
    prices.fill(price);
    followers.respond(prices);
    for (const [n, utility] of followers.providerUtilities(prices).entries()) {
      if (!(utility > best[n]!)) continue;
      best[n] = utility;
      chosen[n] = price;
    }
  }
  return prices.map((_, at) => chosen[at % providers]!);
}

/**
 * What who knows everything would set at this stage, within the market's bounds: the prices at
 * which no MSP gains by others while no MU's budget binds. Each MSP prices out the MUs that it
 * pays it to price out: all 2^M sets are tried, so this is for small games. [M·N]
 *
 * @param game - Of the stage; its MUs are taken as rational.
 */
export function clairvoyantPrices(
  { lowestPrice, highestPrice }: PricingMarket,
  game: DerivedGame,
): Float64Array {
  const { users, providers } = game;
  const prices = new Float64Array(users * providers).fill(lowestPrice);
  for (let n = 0; n < providers; n++) {
    const column = providerColumn(game, n);
    // Whom even the highest price does not bring is out.
    const candidates = Array.from({ length: users }, (_, m) => m).filter(
      (m) => JOINING ** 2 * column.entryPrice[m]! <= highestPrice,
    );
    let best = { utility: 0, served: [] as readonly number[], paid: [] as readonly number[] };
    for (let set = 0; set < 2 ** candidates.length; set++) {
      const served = candidates.filter((_, i) => (set >> i) & 1);
      const found = pricesWithin(column, served, highestPrice);
      if (found.utility > best.utility) best = { ...found, served };
    }
    for (const [i, m] of best.served.entries()) prices[m * providers + n] = best.paid[i]!;
  }
  return prices;
}

/** The best prices of an MSP up to `highest` for a set of MUs that join: u_m = φF_m at least, as in `pricesForSet`. */
function pricesWithin(
  column: ProviderColumn,
  served: readonly number[],
  highest: number,
): { utility: number; paid: readonly number[] } {
  const { profit, entryPrice, mostValue } = column;
  const root = (m: number, S: number) =>
    Math.min(Math.sqrt(highest / entryPrice[m]!), offerAt(profit / (1 + S), entryPrice[m]!, JOINING));
  const value = (m: number, S: number) => mostValue[m]! * (1 - 1 / root(m, S));
  const sum = (of: (m: number) => number) => served.reduce((total, m) => total + of(m), 0);
  const S = decreasingFixedPoint(
    (bought) => sum((m) => value(m, bought)),
    sum((m) => mostValue[m]!),
  );
  const paid = served.map((m) => root(m, S) ** 2 * entryPrice[m]!);
  const cost = served.reduce((total, m, i) => total + paid[i]! * value(m, S), 0);
  return { utility: providerUtility(profit, S, cost), paid };
}
