import type { RandomSource } from "../../../numerics/RandomSource.ts";
import type { DerivedGame } from "../mathematics/DerivedGame.ts";
import { decoupledPrices } from "../mathematics/decoupledPrices.ts";
import { Followers } from "../mathematics/Followers.ts";
import type { PricingMarket } from "./PricingEnvironment.ts";

/** Steps from the lowest price to the highest of the search for a constant one. */
const GRID = 1000;

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
 * What who knows everything would set at this stage, within the market's bounds: the equilibrium
 * of the stage's game, exact while no MU's budget binds. [M·N]
 *
 * @param game - Of the stage.
 */
export function clairvoyantPrices(
  { participation, lowestPrice, highestPrice }: PricingMarket,
  game: DerivedGame,
): Float64Array {
  const { prices } = decoupledPrices(game, participation);
  return prices.map((price) => Math.min(highestPrice, Math.max(lowestPrice, price)));
}
