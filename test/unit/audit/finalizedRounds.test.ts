import { expect } from "chai";
import fc from "fast-check";

import {
  acceptedIndices,
  acceptedRounds,
  type FinalizedRound,
  isAccepted,
} from "../../../audit/evidence/finalizedRounds.ts";
import { NO_SCORES } from "../../../protocol/scores.ts";

function round(accepted: bigint[][]): FinalizedRound {
  return {
    round: 0,
    globalModel: "",
    scorePpb: 0,
    accepted,
    scores: NO_SCORES,
    event: undefined as never,
  };
}

describe("audit: acceptance bitmaps", () => {
  it("finds the bits of two words, and none outside", () => {
    const some = round([[], [1n << 255n, 0b101n]]);
    expect(acceptedIndices(some, 1)).to.deep.equal([255, 256, 258]);
    expect(acceptedIndices(some, 0)).to.deep.equal([]);
    expect(acceptedIndices(some, 7)).to.deep.equal([]);
    expect(isAccepted(some, 1, 257)).to.equal(false);
    expect(isAccepted(some, 1, 10_000)).to.equal(false);
  });

  it("gives back exactly the indices that were set", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 1023 })), (indices) => {
        const words = [0n, 0n, 0n, 0n];
        for (const index of indices) words[Math.floor(index / 256)]! |= 1n << BigInt(index % 256);
        const some = round([words]);
        expect(acceptedIndices(some, 0)).to.deep.equal(indices.toSorted((a, b) => a - b));
        for (const index of indices) expect(isAccepted(some, 0, index)).to.equal(true);
      }),
    );
  });

  it("counts the rounds of one worker on one chain", () => {
    const rounds = [round([[0b1n], [0b10n]]), round([[0b1n], []]), round([[], [0b10n]])];
    const terms = { subchains: [7n, 8n] };
    expect(acceptedRounds(rounds, terms, 7n, 0)).to.equal(2);
    expect(acceptedRounds(rounds, terms, 8n, 1)).to.equal(2);
    expect(acceptedRounds(rounds, terms, 8n, 0)).to.equal(0);
  });
});
