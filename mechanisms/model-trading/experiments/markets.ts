import type { PricingMarket } from "../pricing/PricingEnvironment.ts";
import { CANONICAL_GAME, canonicalGame } from "./canonicalGame.ts";

/** Stages of an episode. */
const STAGES = 100;
/** ρ: a channel keeps half of its amplitude for some 14 stages. */
const CORRELATION = 0.95;

/** What of the canonical game is otherwise, so that fading matters and no budget gets in the way of comparing. */
export const LARGE_UPLOADS = {
  b: [4, 4, 4],
  f_max: CANONICAL_GAME.f_max.map((most) => 2 * most),
  B_max: CANONICAL_GAME.B_max.map((most) => 10 * most),
};

/** A market with rational MUs within the canonical game's price bounds. */
function marketOf(other: Parameters<typeof canonicalGame>[0], fadingCorrelation?: number): PricingMarket {
  return {
    game: canonicalGame(other),
    participation: "rational",
    lowestPrice: CANONICAL_GAME.p_min,
    highestPrice: CANONICAL_GAME.p_max,
    ...(fadingCorrelation !== undefined && { fadingCorrelation }),
    stages: STAGES,
  };
}

/** The markets of the experiments, by what their channels do. */
export const MARKETS = {
  /** The canonical game with channels that stay as they are. */
  static: marketOf({}),
  /** The canonical game with channels that fade. */
  fading: marketOf({}, CORRELATION),
  /** Channels that fade, and uploads so large that it matters. */
  largeUploads: marketOf(LARGE_UPLOADS, CORRELATION),
} as const;
