import { SpecReader } from "../../solving/SpecReader.ts";
import type { DerivedGame } from "../mathematics/DerivedGame.ts";
import { readGame } from "../mathematics/spec/readGame.ts";

/**
 * The canonical game, as `./freshet trading solve` takes it: M = 5, N = 3 and T as in Section VII, with everything
 * that the paper leaves open. Its three μ are calibrated to Table III's row "Optimal": that the equilibrium has those
 * utilities is a fit, not a replication.
 */
export const CANONICAL_GAME = {
  T: 30,
  tau: [1.5, 2, 2.5],
  x: [9000, 12_000, 15_000, 18_000, 21_000],
  kappa: 4e-6,
  theta: [0.42, 0.38, 0.45, 0.35, 0.4],
  omega: [
    [0.42, 0.5, 0.61],
    [0.38, 0.55, 0.66],
    [0.45, 0.47, 0.58],
    [0.4, 0.52, 0.7],
    [0.36, 0.49, 0.63],
  ],
  epsilon: 5,
  eta: 0.001,
  c_f: [1.6, 1.4, 1.8, 1.5, 1.7],
  c_B: [5, 4.5, 5.5, 4.8, 5.2],
  b: [0.2, 0.2, 0.2],
  snr: [
    [100, 80, 120],
    [63, 100, 90],
    [150, 70, 100],
    [80, 110, 130],
    [95, 85, 75],
  ],
  f_max: [3.4, 4.1, 3.8, 4.7, 4.4],
  B_max: [2.2, 3.1, 1.8, 2.7, 3.6],
  S: [0.5, 0.5, 0.5, 0.5, 0.5],
  T_req: 1,
  p_min: 0.02,
  p_max: 2,
  mu: [494.574, 520.028, 561.562],
};

/** The canonical game, or one that differs from it in some fields. */
export function canonicalGame(
  other: Partial<Record<keyof typeof CANONICAL_GAME, unknown>> = {},
): DerivedGame {
  return readGame(new SpecReader({ game: { ...CANONICAL_GAME, ...other } }), { profit: true });
}
