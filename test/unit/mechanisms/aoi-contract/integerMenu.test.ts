import { expect } from "chai";
import {
  chooseItem,
  integerRewards,
  type MenuItem,
  onChainMenu,
  verifyIntegerMenu,
} from "../../../../mechanisms/aoi-contract/mathematics/integerMenu.ts";
import { solveContract } from "../../../../mechanisms/aoi-contract/mathematics/optimalContract.ts";
import { canonical } from "./canonical.ts";

const item = (periodSeconds: bigint, reward: bigint): MenuItem => ({ periodSeconds, reward });

describe("AoI contract: on-chain menus", () => {
  it("rule A: whole updates and costs need no rounding", () => {
    const { rewards, pooled } = integerRewards([1000n, 700n, 333n], [10n, 25n, 60n]);
    expect(rewards).to.deep.equal([10_000n, 20_500n, 32_155n]);
    expect(pooled).to.deep.equal([]);
  });

  it("rule B: rounds every increment up", () => {
    const updates = [70, 33, 13].map((theta) => `1000/${theta}`);
    expect(integerRewards([1000n, 700n, 333n], updates).rewards).to.deep.equal([14286n, 25499n, 41024n]);
  });

  it("rule B: pools where no whole increment fits, or says so", () => {
    const costs = [5n, 5n, 4n];
    const updates = ["31/10", "31/7", "31/3"];
    const { rewards, pooled, updates: chosen } = integerRewards(costs, updates);
    expect(rewards).to.deep.equal([16n, 16n, 45n]);
    expect(pooled).to.deep.equal([1]);
    expect(chosen.map(String)).to.deep.equal(["31/10", "31/10", "31/3"]);
    expect(() => integerRewards(costs, updates, "error"))
      .to.throw("no integer increment between types 1 and 2")
      .with.property("code", "ROUNDING");
  });

  it("refuses types and items in the wrong order", () => {
    expect(() => integerRewards([1n, 2n], [1n, 2n]))
      .to.throw()
      .with.property("code", "ORDER");
    expect(() => integerRewards([2n, 1n], [2n, 1n]))
      .to.throw()
      .with.property("code", "ORDER");
    expect(() => integerRewards([2n], [1n, 2n]))
      .to.throw()
      .with.property("code", "PARAM");
  });

  it("the canonical optimum becomes a menu that holds exactly, each type choosing its own item", () => {
    const { frequencies } = solveContract(canonical());
    const unitCosts = canonical().types.map((type) => BigInt(Math.round(type.unitCost * 1e15)));
    for (const wholePeriods of [false, true]) {
      const menu = onChainMenu({ frequencies, unitCosts, epochSeconds: 3600n, wholePeriods });
      expect(verifyIntegerMenu(menu, unitCosts, 3600n)).to.deep.equal({ ok: true });
      const periods = menu.map(({ periodSeconds }) => Number(periodSeconds));
      if (!wholePeriods) expect(periods).to.deep.equal([247, 167, 127, 102, 86, 75, 66, 60, 55, 51]);
      else expect(periods).to.deep.equal([240, 180, 120, 100, 90, 75, 60, 60, 50, 50]);
      const lastOf = (n: number) =>
        menu.findLastIndex((other) => other.periodSeconds === menu[n]!.periodSeconds);
      for (const [n, cost] of unitCosts.entries()) expect(chooseItem(cost, menu, 3600n)).to.equal(lastOf(n));
    }
  });

  it("a period that does not divide the epoch loses a worker that delivers everything; whole periods do not", () => {
    const utility = (wholePeriods: boolean) => {
      const menu = onChainMenu({
        frequencies: [1 / 247],
        unitCosts: [1000n],
        epochSeconds: 3600n,
        wholePeriods,
      });
      const { periodSeconds, reward } = menu[0]!;
      const updates = (3600n + periodSeconds - 1n) / periodSeconds;
      return reward - 1000n * updates;
    };
    expect(utility(false)).to.equal(14575n - 15_000n);
    expect(utility(true)).to.equal(0n);
  });

  it("keeps periods between a second and the epoch, and non-increasing", () => {
    const menu = onChainMenu({
      frequencies: [1e-9, 0.1, 0.0999999, 30],
      unitCosts: [4n, 3n, 2n, 1n],
      epochSeconds: 100n,
    });
    expect(menu.map(({ periodSeconds }) => periodSeconds)).to.deep.equal([100n, 10n, 10n, 1n]);
    expect(() => onChainMenu({ frequencies: [0], unitCosts: [1n], epochSeconds: 100n }))
      .to.throw("positive")
      .with.property("code", "PARAM");
  });

  it("verifyIntegerMenu names the first violated condition and its item", () => {
    const costs = [1000n, 700n];
    const verdict = (menu: MenuItem[], unitCosts = costs) => {
      const result = verifyIntegerMenu(menu, unitCosts, 1000n);
      return result.ok ? "ok" : `${result.condition} ${result.item}`;
    };
    // F = 10 and 20: IR needs 10000, the raise must lie in [7000, 10000].
    expect(verdict([item(100n, 10_000n), item(50n, 17_000n)])).to.equal("ok");
    expect(verdict([item(100n, 10_000n), item(50n, 20_000n)])).to.equal("ok");
    expect(verdict([item(100n, 9_999n), item(50n, 17_000n)])).to.equal("IR 0");
    expect(verdict([item(100n, 10_000n), item(50n, 16_999n)])).to.equal("LDIC 1");
    expect(verdict([item(100n, 10_000n), item(50n, 20_001n)])).to.equal("LUIC 1");
    expect(verdict([item(100n, 10_000n), item(101n, 10_000n)])).to.equal("PERIOD_ORDER 1");
    expect(verdict([item(100n, 10_000n), item(100n, 9_999n)])).to.equal("REWARD_ORDER 1");
    expect(verdict([item(100n, 10_000n), item(50n, 17_000n)], [700n, 1000n])).to.equal("COST_ORDER 1");
    expect(verdict([item(100n, 10_000n), item(0n, 17_000n)])).to.equal("PERIOD 1");
    expect(verdict([item(100n, 10_000n)])).to.equal("LENGTH 1");
    // θ = 2 and 1, T = 5, δ = 3: the raise must lie at 7.5, so neither 7 nor 8 will do.
    for (const [reward, broken] of [
      [15n, "LDIC"],
      [16n, "LUIC"],
    ] as const) {
      const menu = [item(2n, 8n), item(1n, reward)];
      expect(verifyIntegerMenu(menu, [3n, 3n], 5n)).to.deep.equal({ ok: false, condition: broken, item: 1 });
    }
    expect(verdict([], [])).to.equal("LENGTH 0");
  });

  it("chooseItem: ties go up, and nobody works at a loss", () => {
    const menu = [item(100n, 10_000n), item(50n, 17_000n)];
    expect(chooseItem(700n, menu, 1000n)).to.equal(1);
    expect(chooseItem(701n, menu, 1000n)).to.equal(0);
    expect(chooseItem(1000n, menu, 1000n)).to.equal(0);
    expect(chooseItem(1001n, menu, 1000n)).to.equal(undefined);
    expect(chooseItem(1n, [], 1000n)).to.equal(undefined);
  });
});
