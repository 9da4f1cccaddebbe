import { expect } from "chai";

import type { TaskMoment, WorkerHistory } from "../../../../mechanisms/MechanismView.ts";
import { encodeChoice } from "../../../../mechanisms/model-trading/encodings.ts";
import { view } from "../../../../mechanisms/model-trading/view.ts";

const START = 1000;
const TOKEN = 10n ** 18n;

describe("what model trading shows over time", () => {
  it("is each worker's price, its sales so far, and from nothing on the IoM that it was paid for", () => {
    const seller: WorkerHistory = {
      worker: "0x0A",
      choice: encodeChoice({ offer: 0, price: TOKEN / 2n, branch: [] }),
      refreshes: [],
      revealedRounds: [0, 2],
      work: undefined,
      acceptedRounds: 2,
      countedRounds: 3,
      cost: undefined,
    };
    const idle = { ...seller, worker: "0x0B", revealedRounds: [] };
    const task = {
      terms: { schedule: { startTime: START, epochSeconds: 60 } },
      mechanismTerms: undefined,
      now: START + 30,
    } as unknown as TaskMoment;
    const series = view.series!([seller, idle], task, {
      openedAt: (_, round) => START + 20 * round,
      paid: ({ worker }) => (worker === "0x0A" ? { amount: 3n * TOKEN, at: START + 90 } : undefined),
    });
    const shown = series.map(({ name, lines }) => [name, ...lines.map(({ points }) => points)]);
    const price = [
      [START, 0.5],
      [START + 30, 0.5],
    ];
    expect(shown).to.deep.equal([
      ["price", price, price],
      [
        "sales",
        [
          [START, 1],
          [START + 40, 2],
        ],
        [],
      ],
      [
        "IoM",
        [
          [START, 0],
          [START + 90, 6],
        ],
        [],
      ],
    ]);
  });
});
