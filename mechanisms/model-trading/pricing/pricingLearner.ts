import type { Engine } from "../../../learning/engine/Engine.ts";
import { VectorEnvironment } from "../../../learning/reinforcement/environments/VectorEnvironment.ts";
import { Mappo } from "../../../learning/reinforcement/learners/mappo.ts";
import { Mddr } from "../../../learning/reinforcement/learners/mddr.ts";
import type { PpoTeam, PpoTeamOptions } from "../../../learning/reinforcement/learners/PpoTeam.ts";
import { PricingEnvironment, type PricingMarket } from "./PricingEnvironment.ts";

/** Environments that a learner acts in at once. */
export const ENVIRONMENTS = 16;

/** The learners of prices by name. */
export const PRICING_LEARNERS = { MDDR: Mddr, MAPPO: Mappo } as const;

/** The name of a learner of prices. */
export type PricingLearner = keyof typeof PRICING_LEARNERS;

/** A learner of prices in copies of a market. */
export function pricingLearner(
  engine: Engine,
  name: PricingLearner,
  market: PricingMarket,
  options: PpoTeamOptions,
): PpoTeam {
  const environments = Array.from({ length: ENVIRONMENTS }, () => new PricingEnvironment(market));
  return new PRICING_LEARNERS[name](engine, environments, options);
}

/** What a learner sets without exploring in a market that it meets anew. */
export class PricingTrial {
  /** The market at the present stage. */
  readonly market: PricingEnvironment;
  readonly #vector: VectorEnvironment;

  /** @param seed - Of the channels: the same for all that are to be compared. */
  constructor(market: PricingMarket, seed: number) {
    this.market = new PricingEnvironment(market);
    this.#vector = new VectorEnvironment([this.market], seed);
  }

  /**
   * Chooses prices for a stage, and goes on to the next.
   *
   * @returns p_mn [M·N] and Ψ_n [N].
   */
  stage(learner: PpoTeam): { prices: Float64Array; utilities: Float64Array } {
    learner.actWithoutNoise(this.#vector);
    return this.#finish();
  }

  /** The same at given prices. */
  stageAt(prices: Float64Array): { prices: Float64Array; utilities: Float64Array } {
    const providers = this.#vector.agents.length;
    for (const [n, { actions }] of this.#vector.agents.entries()) {
      for (let m = 0; m < actions.length; m++) actions[m] = prices[m * providers + n]!;
    }
    return this.#finish();
  }

  #finish(): { prices: Float64Array; utilities: Float64Array } {
    const { agents } = this.#vector;
    const providers = agents.length;
    const users = agents[0]!.actions.length;
    this.#vector.step();
    return {
      prices: Float64Array.from(
        { length: users * providers },
        (_, at) => agents[at % providers]!.actions[Math.floor(at / providers)]!,
      ),
      utilities: Float64Array.from(agents, ({ rewards }) => rewards[0]!),
    };
  }
}
