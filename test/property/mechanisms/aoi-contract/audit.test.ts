import { expect } from "chai";
import fc from "fast-check";

import { Tally } from "../../../../audit/Tally.ts";
import { audit } from "../../../../mechanisms/aoi-contract/audit/audit.ts";
import {
  decodeTotals,
  decodeWork,
  encodeChoice,
  encodeTerms,
  encodeWork,
} from "../../../../mechanisms/aoi-contract/encodings.ts";
import { settleCoverage } from "../../../../mechanisms/aoi-contract/mathematics/settlement.ts";
import { everyPeriod } from "../../../../mechanisms/aoi-contract/worker.ts";
import type { AuditedTask, EnrolledWorker } from "../../../../mechanisms/MechanismAudit.ts";
import { Rational } from "../../../../numerics/Rational.ts";
import { EMPTY_SUBCHAIN } from "../../../unit/mechanisms/emptySubchain.ts";

const START = 1_700_000_000;

/** A task of one epoch with a menu of items that nobody checks. */
interface Drawn {
  epochSeconds: number;
  bonus: bigint;
  menu: { period: number; reward: bigint; cost: bigint }[];
  workers: { item: number; refreshes: number[] }[];
}

const drawn: fc.Arbitrary<Drawn> = fc.integer({ min: 1, max: 400 }).chain((epochSeconds) =>
  fc
    .array(
      fc.record({
        period: fc.integer({ min: 1, max: epochSeconds }),
        reward: fc.bigInt({ min: 0n, max: 2n ** 96n - 1n }),
        cost: fc.constant(1n),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .chain((menu) =>
      fc.record({
        epochSeconds: fc.constant(epochSeconds),
        bonus: fc.bigInt({ min: 1n, max: 2n ** 96n - 1n }),
        menu: fc.constant(menu),
        workers: fc.array(
          fc.record({
            item: fc.nat(menu.length - 1),
            // Bursts and repetitions too, in any order.
            refreshes: fc.array(fc.integer({ min: START, max: START + epochSeconds - 1 }), { maxLength: 10 }),
          }),
          { maxLength: 5 },
        ),
      }),
    ),
);

function taskOf({ epochSeconds, bonus, menu }: Drawn): AuditedTask {
  return {
    task: 1n,
    terms: { schedule: { startTime: START, epochSeconds } },
    mechanismTerms: encodeTerms({ bonus, menu }),
  } as never;
}

function enrolled({ item, refreshes }: Drawn["workers"][number], index: number): EnrolledWorker {
  return {
    worker: `0x${index}`,
    index,
    choice: encodeChoice({ item }),
    refreshes,
    reveals: [],
    subchain: EMPTY_SUBCHAIN,
  };
}

/** What the mathematics make of a worker's epoch, up to a time. */
function settled({ epochSeconds, bonus, menu }: Drawn, { item, refreshes }: Drawn["workers"][number]) {
  const { period, reward } = menu[item]!;
  return settleCoverage(
    {
      startSeconds: BigInt(START),
      epochSeconds: BigInt(epochSeconds),
      periodSeconds: BigInt(period),
      commitSeconds: refreshes.map(BigInt),
    },
    { reward, bonus },
  );
}

/** The same from second to second: Σ gap² is twice the area below the age. */
function bySeconds(from: number, until: number, period: number, refreshes: readonly number[]) {
  const at = new Set(refreshes);
  let [covered, area, age, refreshed] = [0n, 0n, 0, false];
  for (let second = from; second < until; second++) {
    if (at.has(second)) [age, refreshed] = [0, true];
    if (refreshed && age < period) covered++;
    area += BigInt(2 * age + 1);
    age++;
  }
  return { coveredSeconds: covered, ageSquares: area };
}

describe("AoI contract's audit (property)", () => {
  it("derives the work that the mathematics settle", () => {
    fc.assert(
      fc.property(drawn, (given) => {
        for (const [index, worker] of given.workers.entries()) {
          const work = decodeWork(audit.workOf(taskOf(given), enrolled(worker, index), new Tally()));
          const { covered, meanAgeSeconds } = settled(given, worker);
          expect(work.item).to.equal(worker.item);
          expect(work.coveredSeconds).to.equal(covered);
          const meanAge = Number(work.ageSquares) / (2 * given.epochSeconds);
          expect(meanAge).to.be.closeTo(meanAgeSeconds, 1e-9);
        }
      }),
    );
  });

  it("derives the pay that the mathematics settle, and of fewer rounds the exact share rounded down", () => {
    const rounds = fc
      .integer({ min: 1, max: 60 })
      .chain((counted) => fc.tuple(fc.constant(counted), fc.nat(counted)));
    fc.assert(
      fc.property(drawn, rounds, (given, [countedRounds, acceptedRounds]) => {
        const task = taskOf(given);
        for (const [index, worker] of given.workers.entries()) {
          const work = audit.workOf(task, enrolled(worker, index), new Tally());
          const payFor = (accepted: number) =>
            audit.payOf(task, { work, acceptedRounds: accepted, countedRounds, score: "0x" });
          const { pay, covered } = settled(given, worker);
          expect(payFor(countedRounds)).to.equal(pay);
          if (acceptedRounds === countedRounds) continue;
          const share = Rational.from(given.menu[worker.item]!.reward)
            .times(new Rational(covered, BigInt(given.epochSeconds)))
            .times(new Rational(BigInt(acceptedRounds), BigInt(countedRounds)));
          const due = payFor(acceptedRounds);
          expect(share.compare(due)).to.be.at.least(0);
          expect(share.compare(due + 1n)).to.be.below(0);
        }
      }),
    );
  });

  it("pays nothing when no round counts, and for no more than the epoch whatever was recorded", () => {
    fc.assert(
      fc.property(drawn, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (given, beyond) => {
        const task = taskOf(given);
        const most = given.menu[0]!.reward + given.bonus;
        const coveredSeconds = BigInt(given.epochSeconds) + (beyond % 2n ** 63n);
        const work = encodeWork({ item: 0, coveredSeconds, ageSquares: 0n });
        const payFor = (acceptedRounds: number, countedRounds: number) =>
          audit.payOf(task, { work, acceptedRounds, countedRounds, score: "0x" });
        expect(payFor(0, 0)).to.equal(0n);
        expect(payFor(2, 2)).to.equal(most);
        expect(payFor(9, 2)).to.equal(most);
      }),
    );
  });

  it("adds up settled workers to the end, and others to their last refresh", () => {
    fc.assert(
      fc.property(drawn, fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), (given, isSettled) => {
        const { epochSeconds, menu } = given;
        const all = given.workers.map((worker, index) => enrolled(worker, index));
        const totals = decodeTotals(
          audit.totalsOf(taskOf(given), {
            settled: all.filter(({ index }) => isSettled[index]),
            running: all.filter(({ index }) => !isSettled[index]),
          }),
        );
        const parts = given.workers.map(({ item, refreshes }, index) => {
          if (!isSettled[index] && refreshes.length === 0) return { coveredSeconds: 0n, ageSquares: 0n };
          const until = isSettled[index] ? START + epochSeconds : Math.max(...refreshes);
          return bySeconds(START, until, menu[item]!.period, refreshes);
        });
        expect(totals).to.deep.equal({
          coveredSeconds: parts.reduce((sum, part) => sum + part.coveredSeconds, 0n),
          ageSquares: parts.reduce((sum, part) => sum + part.ageSquares, 0n),
        });
      }),
    );
  });

  it("adds up to the works of all once all are settled", () => {
    fc.assert(
      fc.property(drawn, (given) => {
        const task = taskOf(given);
        const all = given.workers.map((worker, index) => enrolled(worker, index));
        const works = all.map((worker) => decodeWork(audit.workOf(task, worker, new Tally())));
        expect(decodeTotals(audit.totalsOf(task, { settled: all, running: [] }))).to.deep.equal({
          coveredSeconds: works.reduce((sum, work) => sum + work.coveredSeconds, 0n),
          ageSquares: works.reduce((sum, work) => sum + work.ageSquares, 0n),
        });
      }),
    );
  });

  it("expects the refreshes that its worker makes, at any time from the epoch's start on", () => {
    fc.assert(
      fc.property(drawn, fc.nat(500), (given, after) => {
        const epoch = { startTime: START, epochSeconds: given.epochSeconds };
        for (const [item, { period }] of given.menu.entries()) {
          const due = audit.refreshesDue(taskOf(given), encodeChoice({ item }), START + after);
          expect(due).to.equal(everyPeriod(period, epoch).lastBy(START + after) + 1);
        }
      }),
    );
  });
});
