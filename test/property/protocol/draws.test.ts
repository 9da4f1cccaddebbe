import { expect } from "chai";
import fc from "fast-check";
import { type DrawFacts, drawnRounds, drawnWorkers, isDrawn, WorkerOrder } from "../../../protocol/draws.ts";
import { runs, tiered } from "../../tier.ts";

const beacon = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);

/** That a round's order has every place once, or a whole task's, and that a worker is found from its place. */
function expectPermutation(of: string, round: number | undefined, enrolled: number): void {
  const order = new WorkerOrder(of, round, enrolled);
  const places = new Uint8Array(enrolled);
  for (let index = 0; index < enrolled; index++) {
    const place = order.placeOf(index);
    // Millions of them in the deep tier: an assertion each would take minutes.
    const isOwn = Number.isInteger(place) && place >= 0 && place < enrolled && places[place] === 0;
    if (!isOwn || order.workerAt(place) !== index) {
      expect.fail(
        `worker ${index} of ${enrolled} is at place ${place}, in the order of ${round ?? "the task"}`,
      );
    }
    places[place] = 1;
  }
}

/**
 * Who is drawn in each of some rounds, by looking at all: those whose last turn is longest ago, never before ever, and
 * of those who had it together the ones who stood before the others then; first of all in the order of the task.
 */
function oldestFirst({ beacon, enrolled, drawn }: DrawFacts, rounds: number): number[][] {
  const order = new WorkerOrder(beacon, undefined, enrolled);
  const workers = Array.from({ length: enrolled }, (_, index) => ({
    index,
    last: -1,
    stood: order.placeOf(index),
  }));
  return Array.from({ length: rounds }, (_, round) => {
    const taken = workers.toSorted((a, b) => a.last - b.last || a.stood - b.stood).slice(0, drawn);
    for (const [stood, worker] of taken.entries()) Object.assign(worker, { last: round, stood });
    return taken.map(({ index }) => index).sort((a, b) => a - b);
  });
}

const fresh: fc.Arbitrary<DrawFacts> = fc.record({
  sampling: fc.constant("Freshness" as const),
  beacon,
  enrolled: fc.integer({ min: 1, max: 60 }),
  drawn: fc.integer({ min: 1, max: 64 }),
});

describe("draws (property)", () => {
  it("order any workers, each at a place of its own", () => {
    const round = fc.option(fc.nat({ max: 4095 }), { nil: undefined });
    fc.assert(
      fc.property(beacon, round, fc.integer({ min: 1, max: 2000 }), (of, round, enrolled) => {
        expectPermutation(of, round, enrolled);
      }),
      runs(20),
    );
  });

  it("order every number of workers, in a round and in a task", () => {
    const most = tiered(40, 2000);
    for (let enrolled = 1; enrolled <= most; enrolled++) {
      expectPermutation(`0x${"5a".repeat(32)}`, enrolled, enrolled);
      expectPermutation(`0x${"5a".repeat(32)}`, undefined, enrolled);
    }
  });

  it("are by freshness those of looking at all, oldest first", () => {
    fc.assert(
      fc.property(fresh, fc.integer({ min: 0, max: 40 }), (facts, rounds) => {
        const due = oldestFirst(facts, rounds);
        for (const [round, workers] of due.entries()) {
          expect(Array.from(drawnWorkers(facts, round))).to.deep.equal(workers);
        }
        for (let index = 0; index < facts.enrolled; index++) {
          const own = due.map((workers) => workers.includes(index));
          expect(own).to.deep.equal(due.map((_, round) => isDrawn(facts, round, index)));
          expect(drawnRounds(facts, rounds, index)).to.equal(own.filter(Boolean).length);
        }
      }),
      runs(60),
    );
  });

  it("let nobody wait by freshness for more than ⌈n / k⌉ rounds, nor have fewer turns than its share", () => {
    fc.assert(
      fc.property(fresh, fc.integer({ min: 0, max: 200 }), fc.nat(), (facts, rounds, seed) => {
        const { enrolled } = facts;
        const drawn = Math.min(facts.drawn, enrolled);
        const index = seed % enrolled;
        let last = -1;
        let turns = 0;
        for (let round = 0; round < rounds; round++) {
          if (!isDrawn(facts, round, index)) continue;
          expect(round - last).to.be.at.most(Math.ceil(enrolled / drawn));
          last = round;
          turns++;
        }
        const share = (rounds * drawn) / enrolled;
        expect(turns).to.be.within(Math.floor(share), Math.ceil(share));
      }),
      runs(100),
    );
  });
});
