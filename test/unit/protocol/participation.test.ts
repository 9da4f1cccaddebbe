import { expect } from "chai";
import { id, ZeroHash } from "ethers";

import { drawnRounds, isDrawn, type Sampling } from "../../../protocol/draws.ts";
import { participantsOf, participationOf, takesPart } from "../../../protocol/participation.ts";

const beacon = id("a beacon");
const SAMPLINGS: readonly Sampling[] = ["Uniform", "Freshness"];
const range = (count: number) => [...Array(count).keys()];

describe("participation", () => {
  it("is everybody's where all take part, whatever the beacon", () => {
    for (const workersPerRound of [0, 5, 6]) {
      const known = { beacon: undefined, enrolled: 5, workersPerRound, sampling: "Uniform" } as const;
      expect(participantsOf(known)).to.equal(5);
      expect(takesPart(known, 3, 4)).to.equal(true);
      const rounds = { accepted: 2, counted: 6, finalized: 4 };
      expect(participationOf({ ...known, beacon }, 4, rounds)).to.deep.equal({ accepted: 2, counted: 6 });
    }
  });

  it("is not known before the beacon", () => {
    for (const none of [undefined, ZeroHash]) {
      const known = { beacon: none, enrolled: 5, workersPerRound: 2, sampling: "Freshness" } as const;
      expect(participantsOf(known)).to.equal(2);
      expect(takesPart(known, 0, 0)).to.equal(undefined);
      // Nobody could take part, and anybody could have drawn it.
      const rounds = { accepted: 0, counted: 6, finalized: 4 };
      expect(participationOf(known, 0, rounds)).to.deep.equal({ accepted: 0, counted: 6 });
    }
  });

  for (const sampling of SAMPLINGS) {
    it(`counts the rounds that a worker is drawn for, and at the most so many as accepted (${sampling})`, () => {
      const known = { beacon, enrolled: 5, workersPerRound: 2, sampling };
      const facts = { sampling, beacon, enrolled: 5, drawn: 2 };
      for (const index of range(5)) {
        const counted = drawnRounds(facts, 6, index);
        expect(counted).to.be.greaterThan(0);
        const rounds = { accepted: 6, counted: 6, finalized: 6 };
        expect(participationOf(known, index, rounds)).to.deep.equal({ accepted: counted, counted });
        const one = { accepted: 1, counted: 6, finalized: 6 };
        expect(participationOf(known, index, one)).to.deep.equal({ accepted: 1, counted });
        expect(range(6).filter((round) => takesPart(known, round, index))).to.have.length(counted);
        expect(takesPart(known, 1, index)).to.equal(isDrawn(facts, 1, index));
      }
    });

    it(`takes a worker that was drawn for none as ready in each finalized round (${sampling})`, () => {
      const known = { beacon, enrolled: 1000, workersPerRound: 1, sampling };
      const rounds = { accepted: 0, counted: 3, finalized: 2 };
      const never = range(1000).filter(
        (index) => drawnRounds({ sampling, beacon, enrolled: 1000, drawn: 1 }, 3, index) === 0,
      );
      expect(never.length).to.be.at.least(997);
      expect(participationOf(known, never[0]!, rounds)).to.deep.equal({ accepted: 2, counted: 3 });
      expect(participationOf(known, never[0]!, { ...rounds, finalized: 3 })).to.deep.equal({
        accepted: 3,
        counted: 3,
      });
    });
  }
});
