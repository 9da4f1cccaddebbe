import { expect } from "chai";
import { verifyIntegerMenu } from "../../../../mechanisms/aoi-contract/mathematics/integerMenu.ts";
import { menuTerms } from "../../../../mechanisms/aoi-contract/menuTerms.ts";
import { rewardSchema } from "../../../../mechanisms/aoi-contract/rewardSchema.ts";
import { smallTypes } from "../../tasks/smallSpec.ts";
import { thrown } from "../../thrown.ts";

const termsOf = (menu: unknown) => menuTerms(rewardSchema.parse({ menu, bonus: "7" }), 60);

describe("menuTerms", () => {
  it("takes items as they are given, the wrong ones too: the chain is who checks", () => {
    const items = [
      { period: 2, reward: "1", cost: "5" },
      { period: 4, reward: "0", cost: "9" },
    ];
    expect(termsOf({ items })).to.deep.equal({
      bonus: 7n,
      menu: [
        { period: 2, reward: 1n, cost: 5n },
        { period: 4, reward: 0n, cost: 9n },
      ],
    });
  });

  it("solves types into a menu that the contracts accept, with periods that divide the epoch", () => {
    const { menu } = termsOf({ types: smallTypes() });
    const verdict = verifyIntegerMenu(
      menu.map(({ period, reward }) => ({ periodSeconds: BigInt(period), reward })),
      menu.map(({ cost }) => cost),
      60n,
    );
    expect(verdict).to.deep.equal({ ok: true });
    expect(menu.map(({ period }) => 60 % period)).to.deep.equal([0, 0]);
    expect(menu.map(({ cost }) => String(cost))).to.deep.equal(smallTypes().costs);
  });

  const infeasible = {
    "tolerances that no update meets": { toleratedAgeSeconds: 1e-9, toleratedLatencySeconds: 1e-9 },
  };
  for (const [what, wrong] of Object.entries(infeasible)) {
    it(`says so when no menu exists: ${what}`, () => {
      const error = thrown(() => termsOf({ types: { ...smallTypes(), ...wrong } }));
      expect(error.code).to.equal("MENU_INFEASIBLE");
      expect(error.details).to.be.a("string");
    });
  }
});
