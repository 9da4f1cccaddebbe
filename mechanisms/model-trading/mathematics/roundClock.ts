import type { DerivedGame } from "./DerivedGame.ts";
import { immersionOf } from "./immersion.ts";

/** How long synchronous rounds take, back to back; each [N]. */
export interface RoundClock {
  /** D_n = max over m of T^c + T^t, s; ∞ if some MU gives MSP n nothing. */
  roundSeconds: Float64Array;
  /** The MU that every round of MSP n waits for: the first of several. */
  slowest: Int32Array;
  /** ⌊T/D_n⌋. */
  roundsInGuidance: Float64Array;
}

/**
 * The virtual clock of federated training under an allocation: a round ends when the slowest MU's update has arrived,
 * and the next begins at once. No deadline is applied; τ matters only by the data of a round.
 *
 * @param computation - f_mn, GHz. [M·N]
 * @param bandwidth - B_mn, MHz. [M·N]
 */
export function roundClock(
  game: DerivedGame,
  computation: Float64Array,
  bandwidth: Float64Array,
): RoundClock {
  const { computeSeconds, uploadSeconds } = immersionOf(game, computation, bandwidth);
  const roundSeconds = new Float64Array(game.providers);
  const slowest = new Int32Array(game.providers);
  for (let at = 0; at < computeSeconds.length; at++) {
    const n = at % game.providers;
    const seconds = computeSeconds[at]! + uploadSeconds[at]!;
    if (!(seconds > roundSeconds[n]!)) continue;
    roundSeconds[n] = seconds;
    slowest[n] = Math.floor(at / game.providers);
  }
  return {
    roundSeconds,
    slowest,
    roundsInGuidance: roundSeconds.map((seconds) => Math.floor(game.guidanceSeconds / seconds)),
  };
}
