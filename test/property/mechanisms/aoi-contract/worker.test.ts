import { expect } from "chai";
import fc from "fast-check";

import { encodeChoice, encodeTerms } from "../../../../mechanisms/aoi-contract/encodings.ts";
import { chooseItem } from "../../../../mechanisms/aoi-contract/mathematics/integerMenu.ts";
import { everyPeriod, worker } from "../../../../mechanisms/aoi-contract/worker.ts";
import type { Offer } from "../../../../mechanisms/MechanismWorker.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { roundTime } from "../../../../protocol/roundTimes.ts";
import { drawMenu, EPOCH } from "./draws.ts";

const epochs = fc.record({
  startTime: fc.integer({ min: 1, max: 2 ** 33 }),
  epochSeconds: fc.integer({ min: 1, max: 600 }),
});
/** An epoch with a period that fits in. */
const scheduled = epochs.chain((epoch) =>
  fc.tuple(fc.constant(epoch), fc.integer({ min: 1, max: epoch.epochSeconds })),
);

/** All times at which a refresh is due, by the definition: s, s + θ, … before s + T. */
function dueTimes({ startTime, epochSeconds }: { startTime: number; epochSeconds: number }, period: number) {
  const times: number[] = [];
  for (let time = startTime; time < startTime + epochSeconds; time += period) times.push(time);
  return times;
}

describe("AoI contract's worker (property)", () => {
  it("refreshes at s, s + θ, … before s + T, and knows which was due by any time", () => {
    fc.assert(
      fc.property(scheduled, fc.integer({ min: -50, max: 700 }), ([epoch, period], after) => {
        const due = dueTimes(epoch, period);
        const schedule = everyPeriod(period, epoch);
        expect(schedule.count).to.equal(due.length);
        expect(schedule.freshSeconds).to.equal(period);
        expect(due.map((_, j) => schedule.timeOf(j))).to.deep.equal(due);
        const time = epoch.startTime + after;
        expect(schedule.lastBy(time)).to.equal(due.findLastIndex((one) => one <= time));
      }),
      { numRuns: 500 },
    );
  });

  it("covers the whole epoch: no two refreshes, nor the last and the end, are further apart than the period", () => {
    fc.assert(
      fc.property(scheduled, ([epoch, period]) => {
        const { count, timeOf } = everyPeriod(period, epoch);
        const end = epoch.startTime + epoch.epochSeconds;
        expect(timeOf(0)).to.equal(epoch.startTime);
        expect(timeOf(count - 1)).to.be.below(end);
        for (let j = 0; j < count; j++) {
          const gap = (j + 1 < count ? timeOf(j + 1) : end) - timeOf(j);
          expect(gap).to.be.above(0);
          expect(gap).to.be.at.most(period);
        }
      }),
    );
  });

  it("gives later rounds the same refresh or a later one, and never one that is not due", () => {
    fc.assert(
      fc.property(scheduled, fc.integer({ min: 1, max: 60 }), ([epoch, period], rounds) => {
        const { count, timeOf, lastBy } = everyPeriod(period, epoch);
        const begins = (round: number) => roundTime({ ...epoch, rounds }, round);
        let before = 0;
        for (let round = 0; round < rounds; round++) {
          const last = lastBy(begins(round));
          expect(last).to.be.at.least(before);
          expect(timeOf(last)).to.be.at.most(begins(round));
          if (last + 1 < count) expect(timeOf(last + 1)).to.be.above(begins(round));
          before = last;
        }
        expect(lastBy(begins(0))).to.equal(0);
      }),
    );
  });

  it("goes by the period of the item that it chose", () => {
    fc.assert(
      fc.property(epochs, fc.nat(2 ** 31), (epoch, seed) => {
        const { menu, unitCosts } = drawMenu(new SeededRandom(seed));
        const terms = encoded(menu, unitCosts);
        for (const [item, { periodSeconds }] of menu.entries()) {
          const { count, freshSeconds, timeOf } = worker.schedule(terms, encodeChoice({ item }), epoch);
          expect(freshSeconds).to.equal(Number(periodSeconds));
          const times = Array.from({ length: count }, (_, j) => timeOf(j));
          expect(times).to.deep.equal(dueTimes(epoch, Number(periodSeconds)));
        }
      }),
    );
  });

  it("chooses the item that the mathematics choose, for every offer by itself, and keeps what it has", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), fc.integer({ min: 1, max: 4 }), (seed, count) => {
        const random = new SeededRandom(seed);
        const drawn = Array.from({ length: count }, () => drawMenu(random));
        const kept = encodeChoice({ item: 7 });
        const offers = drawn.map(
          ({ menu, unitCosts }, n): Offer => ({
            epoch: { startTime: 1000 + n, epochSeconds: Number(EPOCH) },
            mechanismTerms: encoded(menu, unitCosts),
            taken: n === 2 ? kept : undefined,
          }),
        );
        const { unitCosts } = drawn[0]!;
        // Types of the first menu, and some that are dearer than all of it.
        const type = random.integer(unitCosts.length + 1);
        const refresh = unitCosts[type] ?? 3n * unitCosts[0]!;
        const decisions = worker.choose(offers, { refresh });
        expect(decisions).to.deep.equal(
          drawn.map(({ menu }, n) => {
            if (n === 2) return { choice: kept };
            const item = chooseItem(refresh, menu, EPOCH);
            if (item === undefined) return { abstain: "no item of the menu covers its cost" };
            return { choice: encodeChoice({ item }) };
          }),
        );
        // A type's own item is among its best.
        if (type < unitCosts.length) expect(decisions[0]).to.have.property("choice");
      }),
      { numRuns: 200 },
    );
  });
});

function encoded(
  menu: readonly { periodSeconds: bigint; reward: bigint }[],
  costs: readonly bigint[],
): string {
  return encodeTerms({
    bonus: 1n,
    menu: menu.map(({ periodSeconds, reward }, n) => ({
      period: Number(periodSeconds),
      reward,
      cost: costs[n]!,
    })),
  });
}
