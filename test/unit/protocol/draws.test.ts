import { readFileSync } from "node:fs";

import { expect } from "chai";
import { id } from "ethers";
import {
  beaconOf,
  drawnRounds,
  drawnWorkers,
  isDrawn,
  type Sampling,
  WorkerOrder,
} from "../../../protocol/draws.ts";

interface Vectors {
  cases: { beacon: string; round: string; enrolled: string; places: string[] }[];
  turns: { beacon: string; drawn: string; rounds: { workers: string[] }[]; counts: string[] }[];
  many: {
    beacon: string;
    round: string;
    enrolled: string;
    drawn: string;
    workers: string[];
    places: string[];
    turns: string[];
  }[];
  beacons: { chainId: string; subchain: string; task: string; blockHash: string; beacon: string }[];
}

// The contracts are checked against the same file: test/solidity/subchain/Draws.t.sol.
const vectors = JSON.parse(
  readFileSync(new URL("../../vectors/draws.json", import.meta.url), "utf8"),
) as Vectors;

const SAMPLINGS: readonly Sampling[] = ["Uniform", "Freshness"];
const range = (count: number) => [...Array(count).keys()];

describe("draws", () => {
  it("are those of the golden vectors", () => {
    for (const { beacon, round, enrolled, places } of vectors.cases) {
      const order = new WorkerOrder(beacon, Number(round), Number(enrolled));
      expect(places.map((_, index) => order.placeOf(index))).to.deep.equal(places.map(Number));
      expect(places.map((place) => order.workerAt(Number(place)))).to.deep.equal(range(places.length));
    }
    for (const { beacon, drawn, rounds, counts } of vectors.turns) {
      const enrolled = counts.length;
      const facts = { sampling: "Freshness", beacon, enrolled, drawn: Number(drawn) } as const;
      for (const [round, { workers }] of rounds.entries()) {
        const due = workers.map(Number).sort((a, b) => a - b);
        expect(Array.from(drawnWorkers(facts, round))).to.deep.equal(due);
        expect(range(enrolled).filter((index) => isDrawn(facts, round, index))).to.deep.equal(due);
      }
      const found = range(enrolled).map((index) => drawnRounds(facts, rounds.length, index));
      expect(found).to.deep.equal(counts.map(Number));
    }
    for (const { beacon, round, enrolled, drawn, workers, places, turns } of vectors.many) {
      const order = new WorkerOrder(beacon, Number(round), Number(enrolled));
      expect(workers.map((worker) => order.placeOf(Number(worker)))).to.deep.equal(places.map(Number));
      const facts = { beacon, enrolled: Number(enrolled), drawn: Number(drawn) };
      const found = workers.map((worker) =>
        isDrawn({ ...facts, sampling: "Freshness" }, Number(round), Number(worker)),
      );
      expect(found.map(Number)).to.deep.equal(turns.map(Number));
      expect(new Set(turns).size).to.equal(2);
    }
    for (const { chainId, subchain, task, blockHash, beacon } of vectors.beacons) {
      expect(beaconOf(BigInt(chainId), subchain, BigInt(task), blockHash)).to.equal(beacon);
    }
  });

  for (const sampling of SAMPLINGS) {
    it(`say of each worker what they say of all, and count its rounds (${sampling})`, () => {
      const facts = { sampling, beacon: id("a beacon"), enrolled: 23, drawn: 5 };
      const rounds = range(40).map((round) => new Set(drawnWorkers(facts, round)));
      for (const index of range(23)) {
        const own = rounds.map((drawn) => drawn.has(index));
        expect(own).to.deep.equal(range(40).map((round) => isDrawn(facts, round, index)));
        expect(drawnRounds(facts, 40, index)).to.equal(own.filter(Boolean).length);
      }
      for (const drawn of rounds) expect(drawn.size).to.equal(5);
    });

    it(`take all where there are no more than are drawn (${sampling})`, () => {
      for (const enrolled of [0, 1, 4]) {
        const facts = { sampling, beacon: id("a beacon"), enrolled, drawn: 4 };
        expect(Array.from(drawnWorkers(facts, 3))).to.deep.equal(range(enrolled));
        for (const index of range(enrolled)) expect(drawnRounds(facts, 9, index)).to.equal(9);
      }
    });
  }

  it("are of another order by freshness than of any round, and by another beacon", () => {
    const facts = { sampling: "Freshness", beacon: id("a beacon"), enrolled: 40, drawn: 10 } as const;
    const first = Array.from(drawnWorkers(facts, 0));
    for (const round of range(50)) {
      expect(Array.from(drawnWorkers({ ...facts, sampling: "Uniform" }, round))).not.to.deep.equal(first);
      expect(Array.from(drawnWorkers({ ...facts, beacon: id(`beacon ${round}`) }, 0))).not.to.deep.equal(
        first,
      );
    }
  });

  // With pairs as likely as they should be, who is drawn tells nothing of who else is. The bound is the 10⁻⁶ quantile of
  // χ² (Wilson and Hilferty 1931), over what follows from a seed: nothing here can fail by chance.
  for (const [enrolled, drawn] of [
    [2, 1],
    [3, 1],
    [5, 2],
    [9, 3],
    [17, 4],
  ] as const) {
    it(`draw every worker, and every two of ${enrolled}, alike often (${drawn} a round)`, () => {
      const rounds = 400;
      const single = new Float64Array(enrolled);
      const pairs = new Float64Array(enrolled * enrolled);
      for (const round of range(rounds)) {
        const workers = drawnWorkers(
          { sampling: "Uniform", beacon: id(`beacon ${enrolled}`), enrolled, drawn },
          round,
        );
        for (const [at, worker] of workers.entries()) {
          single[worker]!++;
          for (const other of workers.subarray(at + 1)) pairs[worker * enrolled + other]!++;
        }
      }
      // Draws without replacement: Σ (O − E)²/E is χ² of n − 1 degrees of freedom, times (n − k)/(n − 1).
      const expectedSingle = (rounds * drawn) / enrolled;
      const statistic = single.reduce(
        (sum, count) => sum + (count - expectedSingle) ** 2 / expectedSingle,
        0,
      );
      expect(statistic / ((enrolled - drawn) / (enrolled - 1))).to.be.below(quantile(enrolled - 1));
      const share = (drawn * (drawn - 1)) / (enrolled * (enrolled - 1));
      for (const a of range(enrolled)) {
        for (const b of range(enrolled).slice(a + 1)) {
          const found = pairs[a * enrolled + b]!;
          expect(Math.abs(found - rounds * share)).to.be.at.most(5 * Math.sqrt(rounds * share * (1 - share)));
        }
      }
    });
  }
});

/** The value that χ² with so many degrees of freedom exceeds once in a million. */
function quantile(freedom: number): number {
  const z = 4.7534;
  const spread = 2 / (9 * freedom);
  return freedom * (1 - spread + z * Math.sqrt(spread)) ** 3;
}
