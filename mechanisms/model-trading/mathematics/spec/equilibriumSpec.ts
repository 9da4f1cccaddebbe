import { rows } from "../../../solving/answers.ts";
import { NOT_NEGATIVE, POSITIVE, type SpecReader } from "../../../solving/SpecReader.ts";
import { coupledPrices } from "../coupledPrices.ts";
import type { DerivedGame } from "../DerivedGame.ts";
import { checkContributions, decoupledPrices } from "../decoupledPrices.ts";
import { bestDeviation } from "../deviations.ts";
import { Followers } from "../Followers.ts";
import { indexOfAll, LARGEST_INDEX } from "../feasibility.ts";
import type { Participation } from "../participation.ts";
import { TradingError } from "../TradingError.ts";
import { readGame } from "./readGame.ts";
import { readParticipation } from "./responseSpec.ts";

/** A budget binds from this multiplier on, currency/GHz or currency/MHz. */
const BINDING = 1e-12;
/** C2 is taken as slack up to this multiplier, currency/s. */
const DEADLINE_SLACK = 1e-9;

/** Kind `msp_eq`: equilibrium prices when budgets are slack. `gap` above 0 says what a better set of MUs may add. */
export function decoupledSpec(spec: SpecReader): Record<string, unknown> {
  const game = readGame(spec, { profit: true });
  const participation = readParticipation(spec);
  checkContributions(game);
  checkFeasible(game, participation);
  const { prices, value, bought, utility, recruited, gap } = decoupledPrices(game, participation);
  const followers = new Followers(game, participation);
  followers.respond(prices);
  const binds = (multiplier: number) => multiplier > BINDING;
  return {
    p: rows(prices, game.providers),
    psi: Array.from(utility),
    V: rows(value, game.providers),
    S: Array.from(bought),
    sets: recruited.map((set) => Array.from(set)),
    coupled: followers.cpuMultiplier.some(binds) || followers.radioMultiplier.some(binds),
    phi: Array.from(followers.utility),
    gap: Array.from(gap),
  };
}

/** Kind `eq_coupled`: equilibrium prices when budgets may bind, by best responses in turn. */
export function coupledSpec(spec: SpecReader): Record<string, unknown> {
  const game = readGame(spec, { profit: true });
  const { users, providers } = game;
  const start = spec.has("p0") ? spec.matrix("p0", users, providers, POSITIVE) : undefined;
  checkContributions(game);
  checkFeasible(game, "mandatory");
  const { prices, sweeps, change } = coupledPrices(game, start);
  const followers = new Followers(game, "rational");
  followers.respond(prices);
  const outside = followers.served.findIndex(
    (served, at) => served === 0 || followers.deadlineMultiplier[at]! > DEADLINE_SLACK,
  );
  if (outside >= 0) {
    const pair = `MU ${Math.floor(outside / providers)} and MSP ${outside % providers}`;
    throw new TradingError("DOMAIN", `no equilibrium with everyone in and C2 slack: not so for ${pair}`);
  }
  return {
    p: rows(prices, providers),
    psi: Array.from(followers.providerUtilities(prices)),
    phi: Array.from(followers.utility),
    V: rows(followers.value, providers),
    f: rows(followers.computation, providers),
    B: rows(followers.bandwidth, providers),
    nu: Array.from(followers.cpuMultiplier),
    beta: Array.from(followers.radioMultiplier),
    iters: sweeps,
    delta: change,
  };
}

/** Kind `verify_ne`: what the best deviation from the prices `p` gains. */
export function deviationSpec(spec: SpecReader): Record<string, unknown> {
  const game = readGame(spec, { profit: true });
  const prices = spec.matrix("p", game.users, game.providers, NOT_NEGATIVE);
  const participation = readParticipation(spec);
  checkFeasible(game, participation);
  const { gain, at } = bestDeviation(game, prices, participation);
  return { gain, arg: at === undefined ? null : [at.provider, at.user, at.factor] };
}

/** @throws TradingError `INFEASIBLE` when a mandatory MU cannot serve all MSPs. */
export function checkFeasible(game: DerivedGame, participation: Participation): void {
  if (participation === "rational") return;
  for (let m = 0; m < game.users; m++) {
    const index = indexOfAll(game, m);
    if (index < LARGEST_INDEX) continue;
    const why = Number.isFinite(index) ? `index ${index.toPrecision(4)}` : "its basic services leave no CPU";
    throw new TradingError("INFEASIBLE", `MU ${m} cannot serve all MSPs: ${why}`);
  }
}
