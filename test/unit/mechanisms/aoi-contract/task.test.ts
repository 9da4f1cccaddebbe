import { readFileSync } from "node:fs";

import { expect } from "chai";
import { decodeTerms } from "../../../../mechanisms/aoi-contract/encodings.ts";
import { rewardSchema } from "../../../../mechanisms/aoi-contract/rewardSchema.ts";
import { task } from "../../../../mechanisms/aoi-contract/task.ts";
import { BaseError } from "../../../../protocol/BaseError.ts";

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

  for (const { name, epochSeconds, bonus, periods, rewards, costs, worstCase } of cases) {
    it(`is ${worstCase === undefined ? "refused" : "taken"} before publication as by the contract: ${name}`, () => {
      const items = periods.map((period, n) => ({
        period: Number(period),
        reward: rewards[n],
        cost: costs[n],
      }));
      // Of what else is wrong with it, the schema tells.
      if (!rewardSchema.safeParse({ bonus, menu: { items } }).success) return;
      const check = () =>
        task.warnings!({ bonus, menu: { items } }, { ...frame, epochSeconds: Number(epochSeconds) });
      if (worstCase === undefined) expect(check).to.throw(BaseError).with.property("code", "MENU_REFUSED");
      else expect(check()).to.deep.equal([]);
    });
  }

  it("says of a menu that no chain would take which item is at fault, and why", () => {
    const menu = { items: [items[0], { ...items[1], reward: "450" }] };
    expect(() => task.warnings!({ bonus: "7", menu }, frame)).to.throw(
      /Item 2 pays so little more than item 1 .*\n.*Raise its reward/s,
    );
  });

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
