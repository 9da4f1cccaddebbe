import { expect } from "chai";
import fc from "fast-check";
import {
  chooseItem,
  integerRewards,
  type MenuItem,
  onChainMenu,
  verifyIntegerMenu,
} from "../../../../mechanisms/aoi-contract/mathematics/integerMenu.ts";
import { settleCoverage, settleWindows } from "../../../../mechanisms/aoi-contract/mathematics/settlement.ts";
import { runs } from "../../../tier.ts";

const EPOCH = 5040n;

/** Costs by falling value and frequencies by rising value, one a type. */
const types = fc
  .array(fc.tuple(fc.bigInt(1n, 3000n), fc.double({ min: 1e-4, max: 0.6, noNaN: true })), {
    minLength: 1,
    maxLength: 8,
  })
  .map((pairs) => ({
    unitCosts: pairs.map(([cost]) => cost).sort((a, b) => (a > b ? -1 : a < b ? 1 : 0)),
    frequencies: pairs.map(([, frequency]) => frequency).sort((a, b) => a - b),
  }));

/** θ times the utility of an item: exact, and of the utility's sign. */
const surplus = (cost: bigint, { periodSeconds, reward }: MenuItem, epoch: bigint) =>
  reward * periodSeconds - cost * epoch;

describe("AoI contract, properties: on-chain menus", function () {
  this.timeout(60_000);

  it("hold exactly: what the contracts check, all of IR and IC, and own choice", () => {
    fc.assert(
      fc.property(
        types,
        fc.bigInt(1n, 100_000n),
        fc.boolean(),
        ({ unitCosts, frequencies }, epochSeconds, wholePeriods) => {
          const menu = onChainMenu({ frequencies, unitCosts, epochSeconds, wholePeriods });
          expect(verifyIntegerMenu(menu, unitCosts, epochSeconds)).to.deep.equal({ ok: true });
          for (const [n, cost] of unitCosts.entries()) {
            const own = menu[n]!;
            const utility = surplus(cost, own, epochSeconds);
            expect(utility >= 0n, "IR").to.equal(true);
            for (const other of menu) {
              const better = surplus(cost, other, epochSeconds) * own.periodSeconds;
              expect(better <= utility * other.periodSeconds, "IC").to.equal(true);
            }
            // Its own item, or a higher one that is worth exactly as much to it.
            const chosen = chooseItem(cost, menu, epochSeconds)!;
            expect(chosen).to.be.at.least(n);
            expect(surplus(cost, menu[chosen]!, epochSeconds) * own.periodSeconds).to.equal(
              utility * menu[chosen]!.periodSeconds,
            );
          }
        },
      ),
      runs(500),
    );
  });

  it("any reward one wei below its bound is refused", () => {
    fc.assert(
      fc.property(types, fc.nat(), ({ unitCosts, frequencies }, choice) => {
        const menu = onChainMenu({ frequencies, unitCosts, epochSeconds: EPOCH, wholePeriods: true });
        // Whole updates: LDIC binds to the wei, so lowering one item and all above it breaks exactly that item.
        const broken = choice % menu.length;
        const lowered = menu.map((item, n) => (n < broken ? item : { ...item, reward: item.reward - 1n }));
        const verdict = verifyIntegerMenu(lowered, unitCosts, EPOCH);
        expect(verdict).to.deep.include({ ok: false, item: broken });
      }),
      runs(500),
    );
  });

  it("pays at most a wei an item more than eq. 17", () => {
    fc.assert(
      fc.property(types, ({ unitCosts, frequencies }) => {
        const counts = frequencies.map((f) => `${Math.round(f * 1e6)}/1000`);
        const { rewards, updates } = integerRewards(unitCosts, counts);
        for (const [n, reward] of rewards.entries()) {
          let exact = unitCosts[0]! * updates[0]!.numerator * (1000n / updates[0]!.denominator);
          for (let i = 1; i <= n; i++) {
            const more = updates[i]!.minus(updates[i - 1]!);
            exact += unitCosts[i]! * more.numerator * (1000n / more.denominator);
          }
          const over = reward * 1000n - exact;
          expect(over >= 0n && over < 1000n * BigInt(n + 1), `${over}/1000 wei`).to.equal(true);
        }
      }),
      runs(300),
    );
  });

  it("rounding every reward by itself would break IC somewhere", () => {
    const broken = fc.sample(types, { numRuns: 300, seed: 7 }).filter(({ unitCosts, frequencies }) => {
      const menu = onChainMenu({ frequencies, unitCosts, epochSeconds: 997n });
      let [numerator, denominator] = [0n, 1n];
      const naive = menu.map((item, n) => {
        // Adds δ_n·T·(1/θ_n − 1/θ_{n−1}) exactly and rounds only the sum.
        const below = menu[n - 1];
        const added = below === undefined ? 1n : below.periodSeconds - item.periodSeconds;
        const over = below === undefined ? item.periodSeconds : item.periodSeconds * below.periodSeconds;
        numerator = numerator * over + unitCosts[n]! * 997n * added * denominator;
        denominator *= over;
        return { ...item, reward: (numerator + denominator - 1n) / denominator };
      });
      return !verifyIntegerMenu(naive, unitCosts, 997n).ok;
    });
    expect(broken.length).to.be.above(150);
  });
});

describe("AoI contract, properties: settlement", function () {
  this.timeout(60_000);

  const epochs = fc.record({
    startSeconds: fc.bigInt(0n, 1000n),
    epochSeconds: fc.bigInt(1n, 120n),
    periodSeconds: fc.bigInt(1n, 40n),
    offsets: fc.array(fc.bigInt(-10n, 130n), { maxLength: 12 }),
  });

  it("coverage and age equal a second-by-second count", () => {
    fc.assert(
      fc.property(
        epochs,
        fc.bigInt(0n, 10n ** 24n),
        fc.bigInt(0n, 9n),
        ({ offsets, ...rest }, reward, bonus) => {
          const epoch = { ...rest, commitSeconds: offsets.map((offset) => rest.startSeconds + offset) };
          let [covered, ageSum] = [0n, 0];
          for (let second = 0n; second < rest.epochSeconds; second++) {
            const before = offsets.filter((offset) => offset >= 0n && offset <= second);
            const newest = before.reduce<bigint | undefined>(
              (a, b) => (a === undefined || b > a ? b : a),
              undefined,
            );
            if (newest !== undefined && second - newest < rest.periodSeconds) covered++;
            ageSum += Number(second - (newest ?? 0n)) + 0.5;
          }
          const settled = settleCoverage(epoch, { reward, bonus });
          expect(settled.covered).to.equal(covered);
          expect(settled.meanAgeSeconds).to.be.closeTo(ageSum / Number(rest.epochSeconds), 1e-9);
          const extra = covered === rest.epochSeconds ? bonus : 0n;
          expect(settled.pay).to.equal((reward * covered) / rest.epochSeconds + extra);
        },
      ),
      runs(500),
    );
  });

  it("windows: hits are the most commits that can each serve a window", () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt(0n, 45n), { maxLength: 7 }),
        fc.bigInt(1n, 12n),
        fc.bigInt(0n, 6n),
        (commitSeconds, periodSeconds, graceSeconds) => {
          const count = 4;
          const epoch = { startSeconds: 0n, epochSeconds: periodSeconds * 4n, periodSeconds, commitSeconds };
          const { hits, missed } = settleWindows(epoch, { reward: 0n }, graceSeconds);
          const distinct = [...new Set(commitSeconds)];
          const most = (window: number, used: ReadonlySet<bigint>): number => {
            if (window === count) return 0;
            let best = most(window + 1, used);
            const opens = BigInt(window) * periodSeconds;
            for (const commit of distinct) {
              if (used.has(commit) || commit < opens || commit >= opens + periodSeconds + graceSeconds)
                continue;
              best = Math.max(best, 1 + most(window + 1, new Set([...used, commit])));
            }
            return best;
          };
          expect(hits).to.equal(most(0, new Set()));
          expect(hits + missed.length).to.equal(count);
        },
      ),
      runs(200),
    );
  });

  it("no deviation in item, count or timing gains, when periods divide the epoch", () => {
    const deviation = fc.record({
      type: fc.nat(),
      item: fc.nat(),
      onTime: fc.boolean(),
      commits: fc.array(fc.bigInt(0n, EPOCH - 1n), { maxLength: 60 }),
      skip: fc.nat(6),
    });
    fc.assert(
      fc.property(types, deviation, fc.bigInt(1n, 9n), ({ unitCosts, frequencies }, choice, bonus) => {
        const menu = onChainMenu({ frequencies, unitCosts, epochSeconds: EPOCH, wholePeriods: true });
        const utility = (cost: bigint, { periodSeconds, reward }: MenuItem, commitSeconds: bigint[]) => {
          const epoch = { startSeconds: 0n, epochSeconds: EPOCH, periodSeconds, commitSeconds };
          return settleCoverage(epoch, { reward, bonus }).pay - cost * BigInt(new Set(commitSeconds).size);
        };
        const onTime = ({ periodSeconds }: MenuItem) =>
          Array.from({ length: Number(EPOCH / periodSeconds) }, (_, k) => BigInt(k) * periodSeconds);
        const type = choice.type % menu.length;
        const cost = unitCosts[type]!;
        const honest = utility(cost, menu[type]!, onTime(menu[type]!));
        expect(honest >= bonus, "IR").to.equal(true);
        const other = menu[choice.item % menu.length]!;
        const times = choice.onTime
          ? onTime(other).filter((_, k) => choice.skip === 0 || k % choice.skip !== 0)
          : choice.commits;
        expect(utility(cost, other, times) <= honest).to.equal(true);
      }),
      runs(2000),
    );
  });
});
