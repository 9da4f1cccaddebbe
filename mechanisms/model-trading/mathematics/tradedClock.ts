import type { DerivedGame } from "./DerivedGame.ts";
import { roundClock } from "./roundClock.ts";
import { type Allocation, schemeOutcome } from "./schemes.ts";
import { TradingError } from "./TradingError.ts";

/**
 * How synchronous rounds follow each other:
 * - `back-to-back`: a round ends when its slowest update is there, and the next begins at once. Table IV needs this;
 * - `fixed-period`: a round takes τ_n, whatever was allocated, as the game itself has it. No scheme that gets its
 *   updates there in time is then faster than another.
 */
export type Pace = "back-to-back" | "fixed-period";

/** The virtual clock of each MSP's training under an allocation. */
export interface TradedClock {
  /** D_n = max over m of T^c + T^t, or τ_n, s; ∞ where rounds wait for an MU that gives nothing. [N] */
  readonly roundSeconds: Float64Array;
  /** The MU whose T^c + T^t is longest, the first of several. [N] */
  readonly slowest: Int32Array;
  /** 1 where an update comes later than h_n = τ_n/2 after its round's beginning, or never (C2). [M·N] */
  readonly late: Uint8Array;
}

/** A clock for an allocation; time on it is in seconds since training began. */
export function tradedClock(game: DerivedGame, allocation: Allocation, pace: Pace): TradedClock {
  const { roundSeconds, slowest } = roundClock(game, allocation.computation, allocation.bandwidth);
  return {
    roundSeconds: pace === "back-to-back" ? roundSeconds : game.deadlineSeconds.slice(),
    slowest,
    late: schemeOutcome(game, allocation).late,
  };
}

/**
 * When MSP n's round number `rounds` is over, s.
 *
 * @param rounds - Rounds that are over then, a whole number ≥ 0; ∞ for a target that is never reached.
 * @throws TradingError `PARAM` for less than no rounds, or parts of one.
 */
export function secondsAfter({ roundSeconds }: TradedClock, n: number, rounds: number): number {
  if (rounds === 0) return 0;
  if (!(rounds > 0) || (Number.isFinite(rounds) && !Number.isInteger(rounds)))
    throw new TradingError("PARAM", "rounds must be a whole number of at least 0");
  return rounds * roundSeconds[n]!;
}

/** How many of MSP n's rounds are over after so many seconds: the most whose end is not later. */
export function roundsWithin(clock: TradedClock, n: number, seconds: number): number {
  const length = clock.roundSeconds[n]!;
  if (!Number.isFinite(length)) return 0;
  let rounds = Math.max(0, Math.floor(seconds / length));
  // A quotient may be rounded past a whole number, or short of it.
  while (rounds > 0 && secondsAfter(clock, n, rounds) > seconds) rounds--;
  while (secondsAfter(clock, n, rounds + 1) <= seconds) rounds++;
  return rounds;
}
