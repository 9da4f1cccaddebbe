/**
 * The game of the experiments: M = 5 and N = 3 as in Section VII-A, CPUs and bandwidths within its ranges. All else the
 * paper leaves open; μ was chosen so that the equilibrium's utilities are those of Table III's row "Optimal".
 */
import { type DerivedGame, deriveGame } from "../mathematics/DerivedGame.ts";

/** p_min and p_max, currency/IoM. */
export const LOWEST_PRICE = 0.02;
export const HIGHEST_PRICE = 2;

/** What an experiment may change. */
export interface CanonicalOptions {
  /** b, Mbit an upload. */
  readonly uploadMegabits?: number;
  /** Multiply every f^max and every B^max. */
  readonly cpuFactor?: number;
  readonly radioFactor?: number;
}

/** The market that learners meet: the canonical game, its MUs rational, channels that fade or stay. */
export function canonicalMarket({
  fadingCorrelation,
  ...options
}: CanonicalOptions & Pick<PricingMarket, "fadingCorrelation"> = {}): PricingMarket {
  return {
    game: canonicalGame(options),
    participation: "rational",
    lowestPrice: LOWEST_PRICE,
    highestPrice: HIGHEST_PRICE,
    ...(fadingCorrelation !== undefined && { fadingCorrelation }),
    stages: 100,
  };
}

/** The canonical game; its equilibrium is the same for mandatory and rational MUs. */
export function canonicalGame(options: CanonicalOptions = {}): DerivedGame {
  const { uploadMegabits = 0.2, cpuFactor = 1, radioFactor = 1 } = options;
  const users = 5;
  const providers = 3;
  return deriveGame({
    users,
    providers,
    guidanceSeconds: 30,
    deadlineSeconds: Float64Array.of(1.5, 2, 2.5),
    dataRate: Float64Array.of(9000, 12000, 15000, 18000, 21000),
    gigacyclesPerFloat: 4e-6,
    accuracy: Float64Array.of(0.42, 0.38, 0.45, 0.35, 0.4),
    potential: Float64Array.of(
      ...[0.42, 0.5, 0.61],
      ...[0.38, 0.55, 0.66],
      ...[0.45, 0.47, 0.58],
      ...[0.4, 0.52, 0.7],
      ...[0.36, 0.49, 0.63],
    ),
    contributionScale: 5,
    dataWeight: 0.001,
    computationCost: Float64Array.of(1.6, 1.4, 1.8, 1.5, 1.7),
    bandwidthCost: Float64Array.of(5, 4.5, 5.5, 4.8, 5.2),
    uploadMegabits: new Float64Array(users * providers).fill(uploadMegabits),
    signalToNoise: Float64Array.of(
      ...[100, 80, 120],
      ...[63, 100, 90],
      ...[150, 70, 100],
      ...[80, 110, 130],
      ...[95, 85, 75],
    ),
    cpuGigahertz: Float64Array.of(3.4, 4.1, 3.8, 4.7, 4.4).map((most) => most * cpuFactor),
    radioMegahertz: Float64Array.of(2.2, 3.1, 1.8, 2.7, 3.6).map((most) => most * radioFactor),
    serviceGigacycles: new Float64Array(users).fill(0.5),
    serviceSeconds: new Float64Array(users).fill(1),
    profit: Float64Array.of(494.574, 520.028, 561.562),
  });
}
