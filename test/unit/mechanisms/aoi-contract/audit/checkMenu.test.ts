import { expect } from "chai";
import fc from "fast-check";
import { Tally } from "../../../../../audit/Tally.ts";
import type { MenuItem } from "../../../../../mechanisms/aoi-contract/aoiTerms.ts";
import { checkConstraints } from "../../../../../mechanisms/aoi-contract/audit/checkMenu.ts";
import { onChainMenu } from "../../../../../mechanisms/aoi-contract/mathematics/integerMenu.ts";
import { Rational } from "../../../../../numerics/Rational.ts";
import { failureOf } from "../../../audit/failureOf.ts";

/** What the check finds; it needs no evidence. */
async function found(menu: MenuItem[], epochSeconds: number): Promise<string> {
  return failureOf(async (_, tally) => checkConstraints(menu, epochSeconds, tally), undefined as never);
}

describe("audit: menu", () => {
  const menu: MenuItem[] = [
    { period: 60, reward: 1000n, cost: 1000n },
    { period: 20, reward: 2000n, cost: 500n },
  ];

  it("counts every pair of type and item", () => {
    const tally = new Tally();
    checkConstraints(menu, 60, tally);
    expect(tally.examined).to.equal(4);
  });

  it("names the first constraint that one wei breaks", async () => {
    const [low, high] = menu as [MenuItem, MenuItem];
    expect(await found([{ ...low, reward: 999n }, high], 60)).to.match(
      /^Individual rationality: type 1 gets 999 wei/,
    );
    expect(await found([low, { ...high, reward: 1999n }], 60)).to.match(
      /^Incentive compatibility: type 2 with 500 wei an update gains more from item 1/,
    );
    expect(await found([low, { ...high, reward: 3001n }], 60)).to.match(
      /^Incentive compatibility: type 1 with 1000 wei an update gains more from item 2/,
    );
  });

  it("agrees with fractions on any menu", async () => {
    const item = fc.record({
      period: fc.integer({ min: 1, max: 60 }),
      reward: fc.bigInt({ min: 0n, max: 300n }),
      cost: fc.bigInt({ min: 0n, max: 20n }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 3 }), async (items) => {
        const utility = (cost: bigint, { reward, period }: MenuItem) =>
          Rational.from(reward).minus(new Rational(60n * cost, BigInt(period)));
        const holds = items.every(
          (own) =>
            utility(own.cost, own).compare(0n) >= 0 &&
            items.every((other) => utility(own.cost, own).compare(utility(own.cost, other)) >= 0),
        );
        expect((await found(items, 60)) === "").to.equal(holds);
      }),
    );
  });

  it("passes every menu that the mathematics solves", async () => {
    const types = fc.array(
      fc.record({ cost: fc.integer({ min: 1, max: 1000 }), gap: fc.integer({ min: 1, max: 40 }) }),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    await fc.assert(
      fc.asyncProperty(types, async (some) => {
        const unitCosts = some.map(({ cost }) => BigInt(cost)).toSorted((a, b) => (a > b ? -1 : 1));
        const frequencies = some.map(({ gap }) => 1 / gap).toSorted((a, b) => a - b);
        const items = onChainMenu({ frequencies, unitCosts, epochSeconds: 60n });
        const solved = items.map(({ periodSeconds, reward }, n) => ({
          period: Number(periodSeconds),
          reward,
          cost: unitCosts[n]!,
        }));
        expect(await found(solved, 60)).to.equal("");
      }),
    );
  });
});
