/** An item of a menu: θ (seconds), R and δ (wei). */
export interface Item {
  period: bigint;
  reward: bigint;
  cost: bigint;
}

/** R̂_n = R̂_{n−1} + ⌈δ_n ΔF_n⌉; where that exceeds δ_{n−1} ΔF_n, the item takes the one below's period. */
export function price(costs: readonly bigint[], periods: readonly bigint[], epochSeconds: bigint): Item[] {
  const menu: Item[] = [];
  for (const [index, cost] of costs.entries()) {
    const period = periods[index]!;
    const low = menu.at(-1);
    if (low === undefined) {
      menu.push({ period, cost, reward: (cost * epochSeconds + period - 1n) / period });
      continue;
    }
    const more = epochSeconds * (low.period - period);
    const product = low.period * period;
    const step = (cost * more + product - 1n) / product;
    if (step * product <= low.cost * more) menu.push({ period, cost, reward: low.reward + step });
    else menu.push({ period: low.period, cost, reward: low.reward });
  }
  return menu;
}
