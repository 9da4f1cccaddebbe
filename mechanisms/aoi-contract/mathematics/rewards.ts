/**
 * The cheapest rewards that make given frequencies incentive compatible, and what they cost the provider.
 *
 * Paper: Kang et al., "… Incentive Scheme with Optimal AoI", Lemma 2, equations 17–19.
 *
 * | symbol      | identifier      | meaning                                                  |
 * | ----------- | --------------- | -------------------------------------------------------- |
 * | δ_n = 1/γ_n | `unitCosts`     | cost of one update, non-increasing in n                  |
 * | f_n         | `frequencies`   | updates a second, non-decreasing in n                    |
 * | Q_n         | `probabilities` | share of the workers that are of type n                  |
 * | R_n         | `rewards`       | payment a second to type n                               |
 * | b_n         | `marginalCosts` | what a unit of f_n costs, rents of the types above it included |
 *
 * Types that the provider excludes have f = 0 and get R = 0.
 */

/**
 * Eq. 17: R_1 = δ_1 f_1 and R_n = R_{n−1} + δ_n (f_n − f_{n−1}): LDIC binds and the lowest type has no rent.
 *
 * @example
 * incentiveRewards([4, 2, 1], [1, 3, 4]); // [4, 8, 9]
 */
export function incentiveRewards(unitCosts: readonly number[], frequencies: readonly number[]): number[] {
  const rewards = new Array<number>(frequencies.length);
  let reward = 0;
  let below = 0;
  for (let n = 0; n < frequencies.length; n++) {
    const frequency = frequencies[n]!;
    reward += unitCosts[n]! * (frequency - below);
    below = frequency;
    rewards[n] = reward;
  }
  return rewards;
}

/**
 * Eq. 18, the same rewards without recursion in R: R_n = f_1/γ_1 + Σ_{i=2}^n (f_i/γ_i − f_{i−1}/γ_i).
 */
export function incentiveRewardsBySum(
  unitCosts: readonly number[],
  frequencies: readonly number[],
): number[] {
  const lowest = unitCosts[0]! * frequencies[0]!;
  let sum = 0;
  return frequencies.map((f, i) => {
    if (i > 0) sum += unitCosts[i]! * f - unitCosts[i]! * frequencies[i - 1]!;
    return lowest + sum;
  });
}

/**
 * Eq. 19: b_n = Q_n δ_n + (δ_n − δ_{n+1}) Σ_{j>n} Q_j, so that Σ Q_n R_n = Σ b_n f_n.
 *
 * @example
 * marginalCosts([500, 100], [0.5, 0.5]); // [450, 50]
 */
export function marginalCosts(unitCosts: readonly number[], probabilities: readonly number[]): number[] {
  const costs = new Array<number>(unitCosts.length);
  let above = 0;
  let next = 0;
  for (let n = unitCosts.length - 1; n >= 0; n--) {
    const cost = unitCosts[n]!;
    costs[n] = probabilities[n]! * cost + (above === 0 ? 0 : (cost - next) * above);
    above += probabilities[n]!;
    next = cost;
  }
  return costs;
}

/** Utility of every type n (row) at every item i (column): R_i − δ_n f_i (eq. 10). */
export function utilityMatrix(
  unitCosts: readonly number[],
  frequencies: readonly number[],
  rewards: readonly number[],
): number[][] {
  return unitCosts.map((cost) => frequencies.map((f, i) => rewards[i]! - cost * f));
}
