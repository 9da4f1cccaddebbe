import type { DerivedGame } from "./DerivedGame.ts";

/** Square roots of what CPU and bandwidth are worth to an MU: of C_f = cf + ν and C_B = c_B + β. */
export interface ShadowPrices {
  /** √C_f, √(currency/GHz). */
  cpuRoot: number;
  /** √C_B, √(currency/MHz). */
  radioRoot: number;
}

/**
 * Prices at which MU m's demands just fit its budgets: the exact dual solution of Problem 1 on a set of MSPs.
 *
 * With x = √C_f, y = √C_B and u_n = √(p_n I_n), the best answer to given x and y is r_n = max(u_n, (√a_n x + √b'_n
 * y)/h_n), f_n = r_n √a_n/x, B_n = r_n √b'_n/y (Proposition 1 when x² = cf and y² = c_B; r_n > u_n where C2 binds).
 * So x and y are the least numbers with
 *
 *     x = max(√cf,  Σ r_n √a_n / F^e),     y = max(√c_B, Σ r_n √b'_n / B^max).
 *
 * The right sides are maxima of linear functions that rise with x and y. Newton's method from (√cf, √c_B) therefore
 * rises, C2 binds for ever more MSPs, and after at most N + 1 steps it is exact; where C2 is slack everywhere, the
 * first step is the closed form. Index below 1 (`feasibility.ts`) means that there is a solution, and only one.
 *
 * @param offers - u_n of all MSPs. [N]
 * @param set - The MSPs that are served; the first `size` entries count. The set must be feasible.
 * @param into - Where the result goes.
 */
export function shadowPrices(
  game: DerivedGame,
  m: number,
  offers: Float64Array,
  set: ArrayLike<number>,
  size: number,
  into: ShadowPrices,
): void {
  const { workRoot, airtimeRoot, halfDeadline } = game;
  const row = m * game.providers;
  const leastX = Math.sqrt(game.gigahertzCost[m]!);
  const leastY = Math.sqrt(game.bandwidthCost[m]!);
  const cpu = game.cpuBudget[m]!;
  const radio = game.radioMegahertz[m]!;
  let x = leastX;
  let y = leastY;
  for (let boundBefore = -1; ; ) {
    // Demands as long as C2 binds for the same MSPs: x Σf = cpuOffered + work x + mixed y, and so for bandwidth.
    let bound = 0;
    let cpuOffered = 0;
    let radioOffered = 0;
    let work = 0;
    let airtime = 0;
    let mixed = 0;
    for (let i = 0; i < size; i++) {
      const n = set[i]!;
      const s = workRoot[row + n]!;
      const t = airtimeRoot[row + n]!;
      const u = offers[n]!;
      const h = halfDeadline[n]!;
      if (u * h >= s * x + t * y) {
        cpuOffered += u * s;
        radioOffered += u * t;
      } else {
        bound++;
        work += (s * s) / h;
        airtime += (t * t) / h;
        mixed += (s * t) / h;
      }
    }
    if (bound <= boundBefore) break;
    boundBefore = bound;
    const cpuLeft = cpu - work;
    const radioLeft = radio - airtime;
    x = Math.max(leastX, (cpuOffered + mixed * leastY) / cpuLeft);
    y = Math.max(leastY, (radioOffered + mixed * x) / radioLeft);
    if (y > leastY && cpuOffered + mixed * y > x * cpuLeft) {
      // Both budgets bind.
      const determinant = cpuLeft * radioLeft - mixed * mixed;
      x = Math.max(leastX, (cpuOffered * radioLeft + mixed * radioOffered) / determinant);
      y = Math.max(leastY, (radioOffered * cpuLeft + mixed * cpuOffered) / determinant);
    }
  }
  into.cpuRoot = x;
  into.radioRoot = y;
}
