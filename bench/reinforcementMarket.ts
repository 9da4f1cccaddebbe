import { CANONICAL_GAME, canonicalGame } from "../mechanisms/model-trading/experiments/canonicalGame.ts";
import type { PricingMarket } from "../mechanisms/model-trading/pricing/PricingEnvironment.ts";

/**
 * The market of the reinforcement benchmark: the canonical game with budgets that never bind, so
 * that MUs answer in closed form, which vectorized Python can do as well.
 */
export function reinforcementMarket(): PricingMarket {
  const { f_max, B_max, p_min, p_max } = CANONICAL_GAME;
  return {
    game: canonicalGame({
      f_max: f_max.map((most) => 16 * most),
      B_max: B_max.map((most) => 16 * most),
    }),
    participation: "rational",
    lowestPrice: p_min,
    highestPrice: p_max,
    stages: 100,
  };
}
