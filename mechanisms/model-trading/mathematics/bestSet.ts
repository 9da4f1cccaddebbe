import type { DerivedGame } from "./DerivedGame.ts";
import { feasibilityIndex, LARGEST_INDEX } from "./feasibility.ts";
import { comesFirst, tieAround } from "./setOrder.ts";
import { type ShadowPrices, shadowPrices } from "./shadowPrices.ts";

/** The MSPs that an MU serves. */
export interface BestSet {
  /** Ascending. */
  set: number[];
  /** Φ, currency. */
  utility: number;
}

/** The search ends after so many looks at an MSP: 14 candidates have no more branches than that allows. */
const MOST_LOOKS = 14 << 15;
/** How often a bound is tightened between two shadow prices. */
const TIGHTENINGS = 12;

/**
 * What MSP n adds to the utility of MU m when the MU pays shadow prices for its resources, currency.
 *
 * @param offer - u_n.
 */
export function addedUtility(
  game: DerivedGame,
  m: number,
  n: number,
  offer: number,
  { cpuRoot, radioRoot }: ShadowPrices,
): number {
  const at = m * game.providers + n;
  const h = game.halfDeadline[n]!;
  const root = game.workRoot[at]! * cpuRoot + game.airtimeRoot[at]! * radioRoot;
  return offer * h >= root ? offer * (h * offer - 2 * root) : -(root * root) / h;
}

/**
 * The set of MSPs that pays a rational MU most; of equal ones the larger, then the first in lexicographic order.
 *
 * By branch and bound over who is in and who is out. At any shadow prices no set pays more than ν F^e + β B^max plus
 * what each of its MSPs adds at those prices, if that is positive; a set all of whose MSPs add something at its own
 * shadow prices, and nobody else, pays just that much and ends its branch. Of equal MSPs the first ones are in.
 *
 * @param offers - u_n of all MSPs. [N]
 * @param candidates - The MSPs that may be in, ascending.
 */
export function bestSet(
  game: DerivedGame,
  m: number,
  offers: Float64Array,
  candidates: readonly number[],
): BestSet {
  const cpu = game.cpuBudget[m]!;
  const radio = game.radioMegahertz[m]!;
  const gigahertzCost = game.gigahertzCost[m]!;
  const bandwidthCost = game.bandwidthCost[m]!;
  const row = m * game.providers;
  const added = (n: number, shadow: ShadowPrices) => addedUtility(game, m, n, offers[n]!, shadow);
  /** p V − C at the resources that shadow prices lead to, currency. */
  const gain = (n: number, { cpuRoot: x, radioRoot: y }: ShadowPrices) => {
    const s = game.workRoot[row + n]!;
    const t = game.airtimeRoot[row + n]!;
    const h = game.halfDeadline[n]!;
    const u = offers[n]!;
    const root = s * x + t * y;
    const r = Math.max(u, root / h);
    return u * Math.max(0, u * h - root) - r * ((gigahertzCost * s) / x + (bandwidthCost * t) / y);
  };
  /** How far an offer is above what the MSP costs at the least: the worst is dropped first. */
  const worth = (n: number) => offers[n]! / game.threshold[row + n]!;
  const equal = (a: number, b: number) =>
    offers[a] === offers[b] &&
    game.workRoot[row + a] === game.workRoot[row + b] &&
    game.airtimeRoot[row + a] === game.airtimeRoot[row + b] &&
    game.halfDeadline[a] === game.halfDeadline[b];

  let best: BestSet = { set: [], utility: 0 };
  let looks = 0;

  /** Solves a set that can be served, and keeps it if it is the best so far. */
  const solve = (set: readonly number[]): ShadowPrices => {
    const shadow = { cpuRoot: 0, radioRoot: 0 };
    shadowPrices(game, m, offers, set, set.length, shadow);
    const utility = set.reduce((sum, n) => sum + gain(n, shadow), 0);
    const tie = tieAround(best.utility);
    if (utility > best.utility + tie || (utility >= best.utility - tie && comesFirst(set, best.set))) {
      best = { set: [...set], utility };
    }
    return shadow;
  };
  const budgetsWorth = ({ cpuRoot, radioRoot }: ShadowPrices) =>
    (cpuRoot * cpuRoot - gigahertzCost) * cpu + (radioRoot * radioRoot - bandwidthCost) * radio;

  const search = (inside: readonly number[], open: readonly number[]): void => {
    looks += candidates.length;
    if (!(feasibilityIndex(game, m, inside) < LARGEST_INDEX)) return;
    const boundAt = (shadow: ShadowPrices) =>
      open.reduce(
        (sum, n) => sum + Math.max(0, added(n, shadow)),
        inside.reduce((sum, n) => sum + added(n, shadow), budgetsWorth(shadow)),
      );
    const union = (some: readonly number[]) => [...inside, ...some].sort((a, b) => a - b);
    // As many as can be served, the most worth first.
    let taken = [...open].sort((a, b) => worth(b) - worth(a) || a - b);
    while (taken.length > 0 && !(feasibilityIndex(game, m, union(taken)) < LARGEST_INDEX))
      taken = taken.slice(0, -1);
    let high = solve(union(taken));
    let bound = boundAt(high);
    let low = solve(union([]));
    bound = Math.min(bound, boundAt(low));
    // The bound is convex in the shadow prices: the best one on the way from one to the other, by thirds.
    for (let step = 0; step < TIGHTENINGS; step++) {
      const [nearLow, nearHigh] = [between(low, high, 1 / 3), between(low, high, 2 / 3)];
      const [first, second] = [boundAt(nearLow), boundAt(nearHigh)];
      bound = Math.min(bound, first, second);
      if (first < second) high = nearHigh;
      else low = nearLow;
      if (bound < best.utility - tieAround(best.utility)) return;
    }
    // Those who add something there; the set may end the branch.
    const price = between(low, high, 1 / 2);
    let wanted = open.filter((n) => added(n, price) >= 0);
    while (wanted.length > 0 && !(feasibilityIndex(game, m, union(wanted)) < LARGEST_INDEX)) {
      const worst = wanted.reduce((least, n) => (worth(n) < worth(least) ? n : least));
      wanted = wanted.filter((n) => n !== worst);
    }
    const own = solve(union(wanted));
    bound = Math.min(bound, boundAt(own));
    if (open.every((n) => added(n, own) >= 0 === wanted.includes(n))) return;
    if (open.length === 0 || bound < best.utility - tieAround(best.utility) || looks > MOST_LOOKS) return;

    // Decide on the one that is nearest to adding nothing.
    const divided = open.reduce((near, n) =>
      Math.abs(added(n, own)) < Math.abs(added(near, own)) ? n : near,
    );
    const like = open.filter((n) => equal(n, divided));
    search(
      [...inside, ...like.filter((n) => n <= divided)],
      open.filter((n) => !like.includes(n) || n > divided),
    );
    search(
      inside,
      open.filter((n) => !like.includes(n) || n < divided),
    );
  };

  if (cpu > 0) search([], candidates);
  return best;
}

/** Shadow prices a share of the way from one to another. */
function between(from: ShadowPrices, to: ShadowPrices, share: number): ShadowPrices {
  const mean = (a: number, b: number) => Math.sqrt((1 - share) * a * a + share * b * b);
  return {
    cpuRoot: mean(from.cpuRoot, to.cpuRoot),
    radioRoot: mean(from.radioRoot, to.radioRoot),
  };
}
