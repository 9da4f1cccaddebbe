import { expect } from "chai";

import {
  chooseItem,
  type MenuItem,
  verifyIntegerMenu,
} from "../../../../mechanisms/aoi-contract/mathematics/integerMenu.ts";
import { settleCoverage } from "../../../../mechanisms/aoi-contract/mathematics/settlement.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { drawBehaviour, drawMenu, EPOCH, onTime } from "./draws.ts";

const DRAWS = 100_000;
const SEED = 20_220_828;
const BONUS = 3n;

/** θ times the utility of an item: exact, and of the utility's sign. */
const surplus = (cost: bigint, { periodSeconds, reward }: MenuItem, epoch: bigint) =>
  reward * periodSeconds - cost * epoch;

describe(`AoI contract, ${DRAWS} draws (seed ${SEED})`, function () {
  this.timeout(120_000);

  it("integer menus never break IC or IR, and pass what the contracts check", () => {
    const random = new SeededRandom(SEED, "menus");
    const broken: string[] = [];
    for (let draw = 0; draw < DRAWS; draw++) {
      const wholePeriods = draw % 2 === 0;
      const epochSeconds = wholePeriods ? EPOCH : BigInt(1 + random.integer(100_000));
      const { unitCosts, menu } = drawMenu(random, { epochSeconds, wholePeriods });
      const verdict = verifyIntegerMenu(menu, unitCosts, epochSeconds);
      if (!verdict.ok) broken.push(`draw ${draw}: ${verdict.condition} at item ${verdict.item}`);
      for (const [n, cost] of unitCosts.entries()) {
        const own = menu[n]!;
        const utility = surplus(cost, own, epochSeconds);
        if (utility < 0n) broken.push(`draw ${draw}: IR of type ${n}`);
        for (const [i, other] of menu.entries()) {
          if (surplus(cost, other, epochSeconds) * own.periodSeconds > utility * other.periodSeconds) {
            broken.push(`draw ${draw}: type ${n} prefers item ${i}`);
          }
        }
        if (chooseItem(cost, menu, epochSeconds)! < n)
          broken.push(`draw ${draw}: type ${n} chooses a lower item`);
      }
    }
    expect(broken).to.deep.equal([]);
  });

  it("settlement never rewards a deviation in item, count or timing", () => {
    const random = new SeededRandom(SEED, "deviations");
    const broken: string[] = [];
    let complete = 0;
    for (let draw = 0; draw < DRAWS; ) {
      const drawn = drawMenu(random);
      const utility = (type: number, item: number, refreshes: readonly bigint[]) => {
        const { periodSeconds, reward } = drawn.menu[item]!;
        const epoch = { startSeconds: 0n, epochSeconds: EPOCH, periodSeconds, commitSeconds: refreshes };
        const { pay, covered } = settleCoverage(epoch, { reward, bonus: BONUS });
        if (covered === EPOCH) complete++;
        return pay - drawn.unitCosts[type]! * BigInt(refreshes.length);
      };
      // Five behaviours a menu: drawing menus is what takes time.
      for (let k = 0; k < 5; k++, draw++) {
        const { type, item, refreshes } = drawBehaviour(random, drawn);
        const honest = utility(type, type, onTime(drawn.menu[type]!));
        if (honest < BONUS) broken.push(`draw ${draw}: honest work of type ${type} loses`);
        if (utility(type, item, refreshes) > honest) {
          broken.push(`draw ${draw}: type ${type} gains with item ${item}`);
        }
      }
    }
    expect(broken).to.deep.equal([]);
    expect(complete, "epochs covered completely").to.be.above(DRAWS);
  });
});
