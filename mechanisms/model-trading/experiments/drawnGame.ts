import type { RandomSource } from "../../../numerics/RandomSource.ts";
import { type DerivedGame, deriveGame } from "../mathematics/DerivedGame.ts";
import { CANONICAL_GAME } from "./canonicalGame.ts";

const USERS = CANONICAL_GAME.theta.length;
const PROVIDERS = CANONICAL_GAME.tau.length;

/**
 * A game like the canonical one with MUs drawn anew: budgets from Section VII's [3, 5] GHz and [1, 4] MHz, everything
 * else of an MU uniformly between the least and the greatest of the canonical game; ω and the radio so for each MSP.
 *
 * @param load - Budgets (those of basic services, too) are divided by it: above 1 resources are scarcer.
 */
export function drawnGame(random: RandomSource, load: number): DerivedGame {
  const { tau, mu, b } = CANONICAL_GAME;
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const within = (values: readonly number[]) => between(Math.min(...values), Math.max(...values));
  const perUser = (draw: () => number) => Float64Array.from({ length: USERS }, draw);
  const perPair = (draw: (n: number) => number) =>
    Float64Array.from({ length: USERS * PROVIDERS }, (_, at) => draw(at % PROVIDERS));
  const column = (matrix: readonly (readonly number[])[], n: number) => matrix.map((row) => row[n]!);
  return deriveGame({
    users: USERS,
    providers: PROVIDERS,
    guidanceSeconds: CANONICAL_GAME.T,
    deadlineSeconds: Float64Array.from(tau),
    dataRate: perUser(() => within(CANONICAL_GAME.x)),
    gigacyclesPerFloat: CANONICAL_GAME.kappa,
    accuracy: perUser(() => within(CANONICAL_GAME.theta)),
    potential: perPair((n) => within(column(CANONICAL_GAME.omega, n))),
    contributionScale: CANONICAL_GAME.epsilon,
    dataWeight: CANONICAL_GAME.eta,
    computationCost: perUser(() => within(CANONICAL_GAME.c_f)),
    bandwidthCost: perUser(() => within(CANONICAL_GAME.c_B)),
    uploadMegabits: perPair((n) => b[n]!),
    signalToNoise: perPair((n) => within(column(CANONICAL_GAME.snr, n))),
    cpuGigahertz: perUser(() => between(3, 5) / load),
    radioMegahertz: perUser(() => between(1, 4) / load),
    serviceGigacycles: perUser(() => CANONICAL_GAME.S[0]! / load),
    serviceSeconds: perUser(() => CANONICAL_GAME.T_req),
    profit: Float64Array.from(mu),
  });
}
