import { finiteOrNull, row } from "../../../solving/answers.ts";
import { NOT_NEGATIVE, type SpecReader } from "../../../solving/SpecReader.ts";
import { Followers } from "../Followers.ts";
import { indexOfAll } from "../feasibility.ts";
import { immersionOf } from "../immersion.ts";
import type { Participation } from "../participation.ts";
import { printedResponse } from "../printedResponse.ts";
import { readGame } from "./readGame.ts";

/** Field `mode`: rational unless given. */
export function readParticipation(spec: SpecReader): Participation {
  return spec.choice("mode", ["rational", "mandatory"]);
}

/** Kind `mu_br`: best response of MU `m` to the prices `p`. */
export function responseSpec(spec: SpecReader): Record<string, unknown> {
  const game = readGame(spec);
  const { users, providers } = game;
  const m = spec.index("m", users - 1);
  const p = spec.vector("p", providers, NOT_NEGATIVE);
  const followers = new Followers(game, readParticipation(spec));
  const prices = new Float64Array(users * providers);
  prices.set(p, m * providers);
  followers.respondOne(m, prices);
  const feas = finiteOrNull(followers.index[m]!);
  if (followers.feasible[m] === 0) return { status: "infeasible", feas };
  const V = row(followers.value, m, providers);
  const C = row(immersionOf(game, followers.computation, followers.bandwidth).cost, m, providers);
  return {
    status: "ok",
    set: V.flatMap((_, n) => (followers.served[m * providers + n] === 1 ? [n] : [])),
    f: row(followers.computation, m, providers),
    B: row(followers.bandwidth, m, providers),
    V,
    C,
    phi: followers.utility[m]!,
    nu: followers.cpuMultiplier[m]!,
    beta: followers.radioMultiplier[m]!,
    delta: row(followers.deadlineMultiplier, m, providers),
    phi_n: V.map((value, n) => p[n]! * value - C[n]!),
    feas,
  };
}

/** Kind `mu_br_paper`: Proposition 1 as printed. */
export function printedResponseSpec(spec: SpecReader): Record<string, unknown> {
  const game = readGame(spec);
  const m = spec.index("m", game.users - 1);
  const response = printedResponse(game, m, spec.vector("p", game.providers, NOT_NEGATIVE));
  return {
    f: Array.from(response.computation),
    B: Array.from(response.bandwidth),
    V: Array.from(response.value),
    phi_n: Array.from(response.gains),
    phi: response.gains.reduce((sum, gain) => sum + gain, 0),
    c1f: response.cpuExcess,
    c1B: response.radioExcess,
  };
}

/** Kind `feasible`: whether MU `m` can serve all MSPs at all. */
export function feasibleSpec(spec: SpecReader): Record<string, unknown> {
  const game = readGame(spec);
  const index = indexOfAll(game, spec.index("m", game.users - 1));
  return { index: finiteOrNull(index), feasible: index < 1 };
}
