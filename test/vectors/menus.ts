/** Menus and what Lemma 1 says of them. */
import { draw, range } from "./definitions.ts";
import { type Item, price } from "./price.ts";

interface Menu {
  name: string;
  epochSeconds: bigint;
  bonus: bigint;
  menu: Item[];
}

/** Lemma 1 in integers: the first condition that does not hold, with the item that the error names. */
function verdict({ epochSeconds, bonus, menu }: Menu): { error: string; item?: bigint } | undefined {
  if (menu.length === 0 || menu.length > 256) return { error: "InvalidMenuSize", item: BigInt(menu.length) };
  if (bonus === 0n) return { error: "BonusMissing" };
  for (const [index, { period, reward, cost }] of menu.entries()) {
    const item = BigInt(index);
    if (period === 0n || period > epochSeconds || period * 65_536n < epochSeconds)
      return { error: "InvalidPeriod", item };
    const low = menu[index - 1];
    if (low === undefined) {
      // R_1 ≥ δ_1 T/θ_1
      if (reward * period < cost * epochSeconds) return { error: "IndividualRationalityViolated", item };
      continue;
    }
    if (cost > low.cost) return { error: "CostNotMonotone", item };
    if (period > low.period || reward < low.reward) return { error: "NotMonotone", item };
    // δ_n ΔF_n ≤ R_n − R_{n−1} ≤ δ_{n−1} ΔF_n, times both periods
    const gain = (reward - low.reward) * period * low.period;
    const more = epochSeconds * (low.period - period);
    if (gain < cost * more) return { error: "DownwardIncentiveViolated", item };
    if (gain > low.cost * more) return { error: "UpwardIncentiveViolated", item };
  }
  return undefined;
}

function menuCase(menu: Menu) {
  const { name, epochSeconds, bonus } = menu;
  const columns = {
    periods: menu.menu.map(({ period }) => period),
    rewards: menu.menu.map(({ reward }) => reward),
    costs: menu.menu.map(({ cost }) => cost),
  };
  const failure = verdict(menu);
  return failure === undefined
    ? { name, epochSeconds, bonus, ...columns, worstCase: menu.menu.at(-1)!.reward + bonus }
    : { name, epochSeconds, bonus, ...columns, ...failure };
}

export function menus() {
  const epochSeconds = 300n;
  const good: Item[] = [
    { period: 60n, reward: 1003n, cost: 200n },
    { period: 30n, reward: 1603n, cost: 100n },
    { period: 20n, reward: 1703n, cost: 20n },
  ];
  const changed = (index: number, change: Partial<Item>): Item[] =>
    good.map((item, place) => (place === index ? { ...item, ...change } : item));
  const named = (name: string, menu: Item[], bonus = 7n): Menu => ({ name, epochSeconds, bonus, menu });
  const cases: Menu[] = [
    named("three items", good),
    named("one item", good.slice(0, 1)),
    named("equal items", [good[0]!, good[0]!]),
    named("an item at no cost", changed(2, { cost: 0n, reward: 1603n })),
    named("the least that the first item may pay", changed(0, { reward: 1000n }).slice(0, 1)),
    named("one wei less than the first item's cost", changed(0, { reward: 999n })),
    named("the least step", changed(1, { reward: 1503n }).slice(0, 2)),
    named("one wei less than the least step", changed(1, { reward: 1502n })),
    named("the largest step", changed(1, { reward: 2003n }).slice(0, 2)),
    named("one wei more than the largest step", changed(1, { reward: 2004n })),
    named("the last step too large", changed(2, { reward: 2104n })),
    named("no item", []),
    named("no bonus", good, 0n),
    named("a period of zero", changed(1, { period: 0n })),
    named("a period longer than the epoch", changed(0, { period: 301n })),
    named("a period as long as the epoch", [{ period: 300n, reward: 200n, cost: 200n }]),
    named("a cost that increases", changed(1, { cost: 201n })),
    named("a period that increases", changed(2, { period: 31n })),
    named("a reward that decreases", changed(2, { reward: 1602n })),
    named("equal periods that pay differently", changed(1, { period: 60n, reward: 1004n })),
    {
      name: "the widest values",
      epochSeconds: 2n ** 32n - 1n,
      bonus: 2n ** 96n - 1n,
      menu: [{ period: 2n ** 32n - 1n, reward: 2n ** 96n - 1n, cost: 2n ** 96n - 1n }],
    },
    {
      name: "steps that only pooling saves",
      epochSeconds,
      bonus: 1n,
      menu: price([3n, 3n, 3n, 2n, 1n, 1n], [60n, 59n, 47n, 40n, 39n, 20n], epochSeconds),
    },
  ];
  for (const index of range(20)) {
    const stream = `menu ${index}`;
    const epoch = 60n + draw(stream, 0, 10_000n);
    const count = 1 + Number(draw(stream, 1, 8n));
    let cost = 1n + draw(stream, 2, 10n ** 18n);
    let period = 1n + draw(stream, 3, epoch);
    const costs: bigint[] = [];
    const periods: bigint[] = [];
    for (const item of range(count)) {
      costs.push(cost);
      periods.push(period);
      cost -= draw(stream, 10 + item, cost / 2n + 1n);
      period -= draw(stream, 30 + item, period / 2n + 1n);
    }
    const menu = price(costs, periods, epoch);
    cases.push({ name: `by the rule ${index}`, epochSeconds: epoch, bonus: 1n, menu });
    // The same with one reward moved by one wei or by up to twice its step, up or down.
    const place = Number(draw(stream, 4, BigInt(count)));
    const step = menu[place]!.reward - (menu[place - 1]?.reward ?? 0n);
    const by = draw(stream, 5, 2n) === 0n ? 1n : 1n + draw(stream, 6, 2n * step + 1n);
    const down = draw(stream, 7, 2n) === 0n && by <= menu[place]!.reward;
    const reward = menu[place]!.reward + (down ? -by : by);
    const moved = menu.map((item, other) => (other === place ? { ...item, reward } : item));
    cases.push({ name: `moved ${index}`, epochSeconds: epoch, bonus: 1n, menu: moved });
  }
  return { cases: cases.map(menuCase) };
}
