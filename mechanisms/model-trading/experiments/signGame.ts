import type { DerivedGame } from "../mathematics/DerivedGame.ts";
import { CANONICAL_GAME, canonicalGame } from "./canonicalGame.ts";
import { megabitsOf } from "./resnet18.ts";
import { SIGN_DETECTOR, WINDOW_FLOATS } from "./trainDetector.ts";

/** T of the signs, s: as long as the text has it. */
export const SIGNS_SECONDS = 1200;
/** How many times as long as MNIST's everything takes, as T does. */
const STRETCH = SIGNS_SECONDS / CANONICAL_GAME.T;
/** The canonical game's middle deadline, s, stretched: one for all MSPs, so that one training is everybody's. */
const DEADLINE = CANONICAL_GAME.tau[1]! * STRETCH;
/** A camera gives more floats a second than MNIST's images had, and each takes less work. */
const CAMERA = 8;

/**
 * The game that signs are traded in: the canonical one, stretched in time to T = 1,200 s, with uploads of the
 * detector's size and data of a camera. Prices are those of a second, so that they shrink as τ grows; c_f, c_B, budgets
 * and channels stay.
 */
export const SIGN_GAME = {
  ...CANONICAL_GAME,
  T: SIGNS_SECONDS,
  tau: CANONICAL_GAME.tau.map(() => DEADLINE),
  x: CANONICAL_GAME.x.map((rate) => rate * CAMERA),
  kappa: CANONICAL_GAME.kappa / CAMERA,
  b: CANONICAL_GAME.b.map(() => megabitsOf(SIGN_DETECTOR)),
  p_min: CANONICAL_GAME.p_min / STRETCH,
  p_max: CANONICAL_GAME.p_max / STRETCH,
};

export function signGame(): DerivedGame {
  return canonicalGame(SIGN_GAME);
}

/** Whole windows that MU m brings into a round: ⌊X_m/27,648⌋, for every MSP the same. */
export function windowsOf(game: DerivedGame, m: number): number {
  return Math.floor(game.roundData[m * game.providers]! / WINDOW_FLOATS);
}
