import { portableExp } from "../../../numerics/portableExp.ts";
import { portableLog } from "../../../numerics/portableLog.ts";
import type { DerivedGame } from "./DerivedGame.ts";
import type { Participation } from "./participation.ts";
import { providerUtility } from "./providerUtility.ts";
import { proxyContribution, type SchemeKey } from "./proxyImmersion.ts";
import { squared } from "./squared.ts";

const GRID = 4001;
const GOLDEN_STEPS = 60;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** The grid ends at this multiple of the largest F²/I'. */
const HIGHEST = 400;
/** A common factor of all prices lies between the two. */
const LEAST_FACTOR = 1e-3;
const MOST_FACTOR = 1e3;
const HALVINGS = 60;

/**
 * Q-uniform: the one price for all MUs that brings each MSP most when MUs go by the proxy I' and budgets are taken as
 * slack. IoM and utility are true ones.
 *
 * @returns p_n, currency/IoM of I'. [N]
 */
export function uniformPrices(game: DerivedGame, key: SchemeKey, participation: Participation): Float64Array {
  const proxy = proxyContribution(game, key);
  return game.profit.map((profit, n) => bestUniformPrice(game, proxy, n, profit, participation));
}

function bestUniformPrice(
  game: DerivedGame,
  proxy: Float64Array,
  n: number,
  profit: number,
  participation: Participation,
): number {
  const { users, providers, threshold, contribution, costRoot, halfDeadline } = game;
  const joining = participation === "rational" ? 2 : 1;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = 0;
  for (let m = 0; m < users; m++) {
    const at = m * providers + n;
    const entry = squared(threshold[at]!) / proxy[at]!;
    lowest = Math.min(lowest, entry);
    highest = Math.max(highest, entry);
  }
  const utilityAt = (price: number) => {
    let value = 0;
    for (let m = 0; m < users; m++) {
      const at = m * providers + n;
      const u = Math.sqrt(price * proxy[at]!);
      if (u >= joining * threshold[at]!) value += contribution[at]! * (halfDeadline[n]! - costRoot[at]! / u);
    }
    return providerUtility(profit, Math.max(0, value), price * value);
  };
  const start = portableLog(lowest);
  const step = (portableLog(HIGHEST * highest) - start) / (GRID - 1);
  const priceAt = (i: number) => portableExp(start + i * step);
  let best = 0;
  let bestUtility = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < GRID; i++) {
    const utility = utilityAt(priceAt(i));
    if (utility <= bestUtility) continue;
    best = i;
    bestUtility = utility;
  }
  const between = goldenSection(
    utilityAt,
    priceAt(Math.max(0, best - 1)),
    priceAt(Math.min(GRID - 1, best + 1)),
  );
  return utilityAt(between) > bestUtility ? between : priceAt(best);
}

/** The middle of what golden section leaves of an interval around a maximum. */
function goldenSection(f: (x: number) => number, from: number, to: number): number {
  let low = from;
  let high = to;
  for (let step = 0; step < GOLDEN_STEPS; step++) {
    const left = high - GOLDEN * (high - low);
    const right = low + GOLDEN * (high - low);
    if (f(left) > f(right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
}

/**
 * Q-saturating: the prices of Q-uniform, lowered together until no MU is saturated, as the paper's text has it ("the
 * uniform reward p remains unchanged"). An MU is saturated when what it would give takes a whole budget.
 *
 * @param prices - Those of Q-uniform. [N]
 */
export function saturatingPrices(game: DerivedGame, key: SchemeKey, prices: Float64Array): Float64Array {
  const proxy = proxyContribution(game, key);
  const saturated = (factor: number) => {
    for (let m = 0; m < game.users; m++) if (isSaturated(game, proxy, prices, factor, m)) return true;
    return false;
  };
  let low = LEAST_FACTOR;
  let high = MOST_FACTOR;
  if (!saturated(high)) return prices;
  for (let step = 0; step < HALVINGS; step++) {
    const middle = Math.sqrt(low * high);
    if (saturated(middle)) high = middle;
    else low = middle;
  }
  const factor = Math.min(1, low);
  return prices.map((price) => price * factor);
}

function isSaturated(
  game: DerivedGame,
  proxy: Float64Array,
  prices: Float64Array,
  factor: number,
  m: number,
): boolean {
  let computation = 0;
  let bandwidth = 0;
  for (const [n, price] of prices.entries()) {
    const at = m * game.providers + n;
    const u = Math.sqrt(factor * price * proxy[at]!);
    computation += (u * game.workRoot[at]!) / Math.sqrt(game.gigahertzCost[m]!);
    bandwidth += (u * game.airtimeRoot[at]!) / Math.sqrt(game.bandwidthCost[m]!);
  }
  return computation >= game.cpuBudget[m]! || bandwidth >= game.radioMegahertz[m]!;
}
