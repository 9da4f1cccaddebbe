import { finiteOrNull, rows } from "../../../solving/answers.ts";
import { NOT_NEGATIVE, type SpecReader } from "../../../solving/SpecReader.ts";
import { immersionOf } from "../immersion.ts";
import { roundClock } from "../roundClock.ts";
import { readGame } from "./readGame.ts";

/** Kind `iom`: what the allocation `f` and `B` means, eqs 2–10. */
export function iomSpec(spec: SpecReader): Record<string, unknown> {
  const { game, f, B } = readAllocation(spec);
  const { computeSeconds, uploadSeconds, ageSeconds, rawValue, cost } = immersionOf(game, f, B);
  const N = game.providers;
  return {
    I: rows(game.contribution, N),
    Tc: rows(computeSeconds, N, finiteOrNull),
    Tt: rows(uploadSeconds, N, finiteOrNull),
    aoi: rows(ageSeconds, N, finiteOrNull),
    V: rows(rawValue, N),
    C: rows(cost, N),
  };
}

/** Kind `fl_clock`: how long back-to-back rounds take under the allocation `f` and `B`. */
export function clockSpec(spec: SpecReader): Record<string, unknown> {
  const { game, f, B } = readAllocation(spec);
  const { roundSeconds, slowest, roundsInGuidance } = roundClock(game, f, B);
  return {
    round_s: Array.from(roundSeconds, finiteOrNull),
    slowest: Array.from(slowest),
    rounds_in_T: Array.from(roundsInGuidance),
  };
}

function readAllocation(spec: SpecReader) {
  const game = readGame(spec);
  const { users, providers } = game;
  return {
    game,
    f: spec.matrix("f", users, providers, NOT_NEGATIVE),
    B: spec.matrix("B", users, providers, NOT_NEGATIVE),
  };
}
