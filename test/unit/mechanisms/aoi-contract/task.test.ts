import { readFileSync } from "node:fs";

import { expect } from "chai";

import { decodeTerms } from "../../../../mechanisms/aoi-contract/encodings.ts";
import { task } from "../../../../mechanisms/aoi-contract/task.ts";

interface MenuCase {
  name: string;
  epochSeconds: string;
  bonus: string;
  periods: string[];
  rewards: string[];
  costs: string[];
  /** The most one worker can earn, as the contract says (test/solidity/GoldenVectors.t.sol). */
  worstCase?: string;
}
const { cases } = JSON.parse(
  readFileSync(new URL("../../../vectors/menus.json", import.meta.url), "utf8"),
) as { cases: MenuCase[] };
const accepted = cases.filter(({ worstCase }) => worstCase !== undefined);

describe("AoI contract's task", () => {
  const frame = { epochSeconds: 60, rounds: 3, maxWorkers: 4, subchains: 2 };
  const items = [
    { period: 30, reward: "400", cost: "200" },
    { period: 20, reward: "500", cost: "100" },
  ];

  for (const { name, epochSeconds, bonus, periods, rewards, costs, worstCase } of accepted) {
    it(`can cost what the contract says: ${name}`, () => {
      const reward = {
        bonus,
        menu: {
          items: periods.map((period, n) => ({
            period: Number(period),
            reward: rewards[n],
            cost: costs[n],
          })),
        },
      };
      const terms = task.terms(reward, { ...frame, epochSeconds: Number(epochSeconds) });
      expect(terms.worstCase).to.equal(BigInt(worstCase!) * 4n * 2n);
      expect(decodeTerms(terms.encoded).menu.map(({ reward: paid }) => String(paid))).to.deep.equal(rewards);
    });
  }

  it("was tried with several menus", () => {
    expect(accepted).to.have.length.above(3);
  });

  it("can cost the dearest item and the bonus for every place, whatever the order of the items", () => {
    const worst = (menu: readonly unknown[], change: object = {}) =>
      task.terms({ bonus: "7", menu: { items: menu } }, { ...frame, ...change }).worstCase;
    expect(worst(items)).to.equal(507n * 8n);
    expect(worst(items.toReversed())).to.equal(507n * 8n);
    expect(worst(items, { maxWorkers: 1, subchains: 1 })).to.equal(507n);
  });

  it("pays a bonus of one wei unless told otherwise", () => {
    const { encoded } = task.terms({ menu: { items } }, frame);
    expect(decodeTerms(encoded).bonus).to.equal(1n);
  });

  it("refuses a reward without a menu", () => {
    expect(() => task.terms({ bonus: "7" }, frame)).to.throw(/menu/);
  });
});
