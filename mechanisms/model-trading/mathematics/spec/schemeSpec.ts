import { finiteOrNull, rows } from "../../../solving/answers.ts";
import { NOT_NEGATIVE, SHARE, type SpecReader } from "../../../solving/SpecReader.ts";
import type { DerivedGame } from "../DerivedGame.ts";
import type { SchemeKey } from "../proxyImmersion.ts";
import { type Allocation, fixedScheme, proportionalScheme, proxyScheme, schemeOutcome } from "../schemes.ts";
import { readGame } from "./readGame.ts";
import { readParticipation } from "./responseSpec.ts";

/** Kind `scheme`: what a benchmark scheme allocates, valued by the true IoM. */
export function schemeSpec(spec: SpecReader): Record<string, unknown> {
  const game = readGame(spec);
  const scheme = spec.choice("scheme", ["x_based", "w_based", "w_x_based", "fixed"], { required: true });
  const allocation = scheme === "fixed" ? readFixed(spec, game) : readKeyed(spec, game, scheme);
  const outcome = schemeOutcome(game, allocation);
  return {
    f: rows(allocation.computation, game.providers),
    B: rows(allocation.bandwidth, game.providers),
    V: rows(outcome.value, game.providers),
    V_raw: rows(outcome.rawValue, game.providers),
    late: rows(outcome.late, game.providers, (late) => late === 1),
    round_time: rows(outcome.roundSeconds, game.providers, finiteOrNull),
    iom_per_msp: Array.from(outcome.immersion),
    cost: Array.from(outcome.cost),
  };
}

function readKeyed(spec: SpecReader, game: DerivedGame, key: SchemeKey): Allocation {
  const participation = readParticipation(spec);
  if (spec.choice("reading", ["P", "Q"]) === "P") {
    return proportionalScheme(game, key, {
      computation: spec.vector("total_f", game.users, NOT_NEGATIVE),
      bandwidth: spec.vector("total_B", game.users, NOT_NEGATIVE),
    });
  }
  return proxyScheme(game, key, spec.vector("p_uniform", game.providers, NOT_NEGATIVE), participation);
}

/** Field `r`: for each pair a share of computation and one of bandwidth. */
function readFixed(spec: SpecReader, game: DerivedGame): Allocation {
  readParticipation(spec);
  const shares = spec.cube("r", game.users, game.providers, 2, SHARE);
  return fixedScheme(game, {
    computation: shares.filter((_, i) => i % 2 === 0),
    bandwidth: shares.filter((_, i) => i % 2 === 1),
  });
}
