import { greatest, least } from "../../../numerics/extremes.ts";
import type { RandomSource } from "../../../numerics/RandomSource.ts";
import { type DerivedGame, deriveGame } from "../mathematics/DerivedGame.ts";
import { CANONICAL_GAME } from "./canonicalGame.ts";

/** What of a drawn game may be other than in the canonical one. */
export interface DrawnGameOptions {
  /** M. */
  users?: number;
  /** N. */
  providers?: number;
  /** T, s. */
  guidanceSeconds?: number;
}

const CANONICAL_SIZE = {
  users: CANONICAL_GAME.theta.length,
  providers: CANONICAL_GAME.tau.length,
};

/**
 * A game like the canonical one with MUs drawn anew: budgets from Section VII's [3, 5] GHz and [1, 4] MHz, everything
 * else of an MU uniformly between the least and the greatest of the canonical game; ω and the radio so for each MSP.
 *
 * @param load - Budgets (those of basic services, too) are divided by it: above 1 resources are scarcer.
 * @param options - The canonical game's unless given. MSPs take turns at being like the canonical ones, and
 * their profits grow with the number of MUs, so that MUs stay worth serving.
 */
export function drawnGame(
  random: RandomSource,
  load: number,
  {
    users = CANONICAL_SIZE.users,
    providers = CANONICAL_SIZE.providers,
    guidanceSeconds = CANONICAL_GAME.T,
  }: DrawnGameOptions = {},
): DerivedGame {
  const like = (n: number) => n % CANONICAL_SIZE.providers;
  const perProvider = (values: readonly number[], factor = 1) =>
    Float64Array.from({ length: providers }, (_, n) => factor * values[like(n)]!);
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const within = (values: readonly number[]) => between(least(values), greatest(values));
  const perUser = (draw: () => number) => Float64Array.from({ length: users }, draw);
  const perPair = (draw: (n: number) => number) =>
    Float64Array.from({ length: users * providers }, (_, at) => draw(like(at % providers)));
  const column = (matrix: readonly (readonly number[])[], n: number) => matrix.map((row) => row[n]!);
  return deriveGame({
    users,
    providers,
    guidanceSeconds,
    deadlineSeconds: perProvider(CANONICAL_GAME.tau),
    dataRate: perUser(() => within(CANONICAL_GAME.x)),
    gigacyclesPerFloat: CANONICAL_GAME.kappa,
    accuracy: perUser(() => within(CANONICAL_GAME.theta)),
    potential: perPair((n) => within(column(CANONICAL_GAME.omega, n))),
    contributionScale: CANONICAL_GAME.epsilon,
    dataWeight: CANONICAL_GAME.eta,
    computationCost: perUser(() => within(CANONICAL_GAME.c_f)),
    bandwidthCost: perUser(() => within(CANONICAL_GAME.c_B)),
    uploadMegabits: perPair((n) => CANONICAL_GAME.b[n]!),
    signalToNoise: perPair((n) => within(column(CANONICAL_GAME.snr, n))),
    cpuGigahertz: perUser(() => between(3, 5) / load),
    radioMegahertz: perUser(() => between(1, 4) / load),
    serviceGigacycles: perUser(() => CANONICAL_GAME.S[0]! / load),
    serviceSeconds: perUser(() => CANONICAL_GAME.T_req),
    profit: perProvider(CANONICAL_GAME.mu, users / CANONICAL_SIZE.users),
  });
}
