/**
 * The game once more, the slow way: nested bisection, all sets, a literal search for the point at which a derivative
 * changes its sign. It shares nothing with the mathematics but a game's quantities.
 */
import type { DerivedGame } from "../../../../mechanisms/model-trading/mathematics/DerivedGame.ts";

/** A response of one MU. */
export interface SlowResponse {
  set: number[];
  f: number[];
  B: number[];
  V: number[];
  utility: number;
  nu: number;
  beta: number;
}

const HALVINGS = 200;
const TIE = 1e-12;

/** The largest number in (low, high) for which `stays` holds, which holds below it only. */
function bisect(low: number, high: number, stays: (x: number) => boolean): number {
  let [below, above] = [low, high];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (below + above) / 2;
    if (middle <= below || middle >= above) break;
    if (stays(middle)) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}

/** The least x ≥ `least` at which a falling `demand` fits. */
function leastFitting(least: number, budget: number, demand: (x: number) => number): number {
  if (demand(least) <= budget) return least;
  let high = 2 * least;
  while (demand(high) > budget) high *= 2;
  return bisect(least, high, (x) => demand(x) > budget);
}

/** Whether MU m can serve a set: the maximum over l of Σ (√(l a/F) + √((1 − l) b'/B))²/h is below 1, by a scan. */
export function slowIndex(game: DerivedGame, m: number, set: readonly number[]): number {
  const at = (n: number) => m * game.providers + n;
  const demand = (l: number) =>
    set.reduce((sum, n) => {
      const a = game.workRoot[at(n)]! * Math.sqrt(l / game.cpuBudget[m]!);
      const b = game.airtimeRoot[at(n)]! * Math.sqrt((1 - l) / game.radioMegahertz[m]!);
      return sum + (a + b) ** 2 / game.halfDeadline[n]!;
    }, 0);
  let [low, high] = [0, 1];
  for (let i = 0; i < HALVINGS; i++) {
    const [left, right] = [low + (high - low) / 3, high - (high - low) / 3];
    if (demand(left) < demand(right)) low = left;
    else high = right;
  }
  return demand((low + high) / 2);
}

/** The best response of MU m on a set that it can serve, by nested bisection. */
export function slowResponseOnSet(
  game: DerivedGame,
  m: number,
  prices: readonly number[],
  set: readonly number[],
): SlowResponse {
  const { providers, halfDeadline, contribution, workRoot, airtimeRoot } = game;
  const [cf, cB] = [game.gigahertzCost[m]!, game.bandwidthCost[m]!];
  const at = (n: number) => m * providers + n;
  const u = (n: number) => Math.sqrt(prices[n]! * contribution[at(n)]!);
  const r = (n: number, Cf: number, CB: number) =>
    Math.max(
      u(n),
      (workRoot[at(n)]! * Math.sqrt(Cf) + airtimeRoot[at(n)]! * Math.sqrt(CB)) / halfDeadline[n]!,
    );
  const sumB = (Cf: number, CB: number) =>
    set.reduce((sum, n) => sum + (r(n, Cf, CB) * airtimeRoot[at(n)]!) / Math.sqrt(CB), 0);
  const sumF = (Cf: number, CB: number) =>
    set.reduce((sum, n) => sum + (r(n, Cf, CB) * workRoot[at(n)]!) / Math.sqrt(Cf), 0);
  const radioCost = (Cf: number) => leastFitting(cB, game.radioMegahertz[m]!, (CB) => sumB(Cf, CB));
  const Cf = leastFitting(cf, game.cpuBudget[m]!, (C) => sumF(C, radioCost(C)));
  const CB = radioCost(Cf);
  const f = new Array<number>(providers).fill(0);
  const B = new Array<number>(providers).fill(0);
  const V = new Array<number>(providers).fill(0);
  let utility = 0;
  for (const n of set) {
    f[n] = (r(n, Cf, CB) * workRoot[at(n)]!) / Math.sqrt(Cf);
    B[n] = (r(n, Cf, CB) * airtimeRoot[at(n)]!) / Math.sqrt(CB);
    V[n] = rawValue(game, m, n, f[n]!, B[n]!);
    utility += prices[n]! * V[n]! - cf * f[n]! - cB * B[n]!;
  }
  return {
    set: [...set],
    f,
    B,
    V,
    utility,
    nu: set.length === 0 ? 0 : Cf - cf,
    beta: set.length === 0 ? 0 : CB - cB,
  };
}

/** I (h − T^c − T^t). */
export function rawValue(game: DerivedGame, m: number, n: number, f: number, B: number): number {
  const at = m * game.providers + n;
  const seconds = game.workRoot[at]! ** 2 / f + game.airtimeRoot[at]! ** 2 / B;
  return game.contribution[at]! * (game.halfDeadline[n]! - seconds);
}

/** All sets of 0 … size − 1, larger ones first, sets of one size in lexicographic order. */
export function allSets(size: number): number[][] {
  const sets = Array.from({ length: 2 ** size }, (_, mask) =>
    Array.from({ length: size }, (_, i) => i).filter((i) => (mask >> i) & 1),
  );
  return sets.sort((a, b) => b.length - a.length || a.map((i, k) => i - b[k]!).find((d) => d !== 0) || 0);
}

/** The rational best response of MU m: all sets, one by one. */
export function slowRationalResponse(game: DerivedGame, m: number, prices: readonly number[]): SlowResponse {
  let best: SlowResponse | undefined;
  for (const set of allSets(game.providers)) {
    if (set.length > 0 && !(game.cpuBudget[m]! > 0 && slowIndex(game, m, set) < 1 - 1e-9)) continue;
    const response = slowResponseOnSet(game, m, prices, set);
    if (best === undefined || response.utility > best.utility + TIE * Math.max(1, Math.abs(best.utility)))
      best = response;
  }
  return best!;
}

/** The prices of MSP n for a set of MUs: u by bisection of the cubic, S by bisection. */
export function slowPricesForSet(game: DerivedGame, n: number, set: readonly number[], phi: number) {
  const { providers, costRoot, contribution, threshold, deadlineSeconds, halfDeadline } = game;
  const mu = game.profit[n]!;
  const uOf = (m: number, S: number) => {
    const at = m * providers + n;
    const [k, I, tau] = [costRoot[at]!, contribution[at]!, deadlineSeconds[n]!];
    const lambda = mu / (1 + S);
    let high = 1;
    while (tau * high ** 3 - k * high ** 2 < lambda * I * k) high *= 2;
    const root = bisect(0, high, (u) => tau * u ** 3 - k * u ** 2 < lambda * I * k);
    return Math.max(root, phi * threshold[at]!);
  };
  const valueAt = (m: number, S: number) => {
    const at = m * providers + n;
    return Math.max(0, contribution[at]! * (halfDeadline[n]! - costRoot[at]! / uOf(m, S)));
  };
  const sum = (S: number) => set.reduce((total, m) => total + valueAt(m, S), 0);
  const S = sum(0) === 0 ? 0 : bisect(0, sum(0), (s) => sum(s) > s);
  const prices = set.map((m) => uOf(m, S) ** 2 / contribution[m * providers + n]!);
  const value = set.map((m) => valueAt(m, S));
  const bought = value.reduce((total, v) => total + v, 0);
  const utility = mu * Math.log(1 + bought) - value.reduce((total, v, i) => total + v * prices[i]!, 0);
  return { set: [...set], prices, value, utility };
}

/** The set of MUs that brings MSP n most, of all 2^M. */
export function slowServedUsers(game: DerivedGame, n: number) {
  let best: ReturnType<typeof slowPricesForSet> | undefined;
  for (const set of allSets(game.users)) {
    const one = slowPricesForSet(game, n, set, 2);
    if (best === undefined || one.utility > best.utility + TIE * Math.max(1, Math.abs(best.utility)))
      best = one;
  }
  return best!;
}

/** One MSP's best response to the other columns of u, by bisection of the sign of g and of S. [M] */
export function slowColumnResponse(game: DerivedGame, u: Float64Array, n: number): number[] {
  const { users, providers, contribution, halfDeadline, workRoot, airtimeRoot } = game;
  const mu = game.profit[n]!;
  const at = (m: number) => m * providers + n;
  const state = (m: number, own: number) => {
    let cpu = own * workRoot[at(m)]!;
    let radio = own * airtimeRoot[at(m)]!;
    for (let other = 0; other < providers; other++) {
      if (other === n) continue;
      cpu += u[m * providers + other]! * workRoot[m * providers + other]!;
      radio += u[m * providers + other]! * airtimeRoot[m * providers + other]!;
    }
    cpu /= game.cpuBudget[m]!;
    radio /= game.radioMegahertz[m]!;
    const [leastCpu, leastRadio] = [Math.sqrt(game.gigahertzCost[m]!), Math.sqrt(game.bandwidthCost[m]!)];
    const root =
      workRoot[at(m)]! * Math.max(leastCpu, cpu) + airtimeRoot[at(m)]! * Math.max(leastRadio, radio);
    const drag =
      (cpu >= leastCpu ? workRoot[at(m)]! ** 2 / game.cpuBudget[m]! : 0) +
      (radio >= leastRadio ? airtimeRoot[at(m)]! ** 2 / game.radioMegahertz[m]! : 0);
    const I = contribution[at(m)]!;
    return { V: I * (halfDeadline[n]! - root / own), slope: I * (root / own ** 2 - drag / own) };
  };
  const best = (m: number, lambda: number) => {
    const I = contribution[at(m)]!;
    return bisect(0, Math.sqrt(lambda * I), (own) => {
      const { V, slope } = state(m, own);
      return V <= 0 || (lambda - own ** 2 / I) * slope - (2 * own * V) / I > 0;
    });
  };
  const everyone = Array.from({ length: users }, (_, m) => m);
  const sum = (S: number) =>
    everyone.reduce((total, m) => total + Math.max(0, state(m, best(m, mu / (1 + S))).V), 0);
  const S = bisect(0, Math.max(1e-9, sum(0)), (s) => sum(s) > s);
  return everyone.map((m) => best(m, mu / (1 + S)));
}
