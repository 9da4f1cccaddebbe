import { expect } from "chai";

import { attestedRounds, postedOffers } from "../../../../dashboard/server/views/marketViews.ts";
import { NO_SCORES } from "../../../../protocol/scores.ts";
import type { TaskView } from "../../../../tasks/view/TaskView.ts";

describe("offers of a market of models", () => {
  it("are all that are posted, also those that nobody took", () => {
    const prices = ["0x0A", "0x0B", "0x0C"].map((worker, i) => ({ worker, price: BigInt(i + 5) }));
    const enrolled = [{ worker: "0x0B", chainId: 7n }];
    expect(postedOffers(prices, enrolled, (chainId) => `chain ${chainId}`)).to.deep.equal([
      { worker: "0x0A", price: "5", taken: false, chain: null },
      { worker: "0x0B", price: "6", taken: true, chain: "chain 7" },
      { worker: "0x0C", price: "7", taken: false, chain: null },
    ]);
  });
});

describe("what was attested over time", () => {
  const final = (round: number, scored = true) => ({
    result: {
      finalizedAt: 100 + round,
      scores: scored ? { root: `0x${round}`, digest: `0x${round}` } : NO_SCORES,
    },
  });
  const viewOf = (rounds: unknown[]) =>
    ({
      subchains: [{ chainId: 7n, workers: [{ worker: "0x0A" }, { worker: "0x0B" }] }],
      rounds,
    }) as unknown as TaskView;
  const scoresOf = (rounds: TaskView["rounds"]) =>
    rounds.length === 3 ? undefined : [{ chainId: 7n, task: 1n, index: 1, score: `0x0${rounds.length}` }];

  it("is of each final round that scored and is read, by worker", () => {
    const view = viewOf([final(0), final(1, false), final(2), final(3), { result: undefined }]);
    const attested = attestedRounds(view, { most: 10, scoresOf });
    expect(attested.map(({ round, at }) => [round, at])).to.deep.equal([
      [0, 100],
      [3, 103],
    ]);
    const scores = ["0x0A", "0x0B"].map((worker) => attested[1]!.scoreOf({ chainId: 7n, worker } as never));
    expect(scores).to.deep.equal([undefined, "0x04"]);
  });

  it("is spread over all rounds where there are many, the last among them", () => {
    const view = viewOf(Array.from({ length: 100 }, (_, round) => final(round)));
    const rounds = attestedRounds(view, { most: 4, scoresOf }).map(({ round }) => round);
    expect(rounds).to.deep.equal([24, 49, 74, 99]);
  });
});
