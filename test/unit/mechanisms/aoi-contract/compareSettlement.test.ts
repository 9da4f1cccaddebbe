import { expect } from "chai";

import {
  compareSettlement,
  type SettledTask,
} from "../../../../mechanisms/aoi-contract/settlement/compareSettlement.ts";

const types = {
  costs: ["200", "100"],
  probabilities: [0.5, 0.5],
  unitProfit: "1000000",
  agePreference: 0.5,
  toleratedAgeSeconds: 60,
  toleratedLatencySeconds: 60,
  periodSeconds: 1,
  fixedPhase: "collection",
  fixedPeriods: 1,
  latency: "exact",
} as const;

/** Two items over 60 s; the first worker is on time, the second late and unpaid for a round. */
const task: SettledTask = {
  terms: {
    bonus: 7n,
    menu: [
      { period: 30, reward: 400n, cost: 200n },
      { period: 20, reward: 500n, cost: 100n },
    ],
  },
  epochSeconds: 60,
  rounds: 4,
  places: 10,
  escrow: { funded: 6000n, paid: 707n, refunded: 5293n },
  workers: [
    {
      worker: "0xa",
      chain: "physical",
      item: 0,
      refreshes: 2,
      coveredSeconds: 60,
      ageSquares: 1800n,
      claim: { acceptedRounds: 4, paid: 407n },
    },
    {
      worker: "0xb",
      chain: "physical",
      item: 1,
      refreshes: 2,
      coveredSeconds: 40,
      ageSquares: 2000n,
      claim: { acceptedRounds: 3, paid: 300n },
    },
  ],
  types: { ...types, costs: [...types.costs], probabilities: [...types.probabilities] },
};

describe("compareSettlement", () => {
  const compared = compareSettlement(task);

  it("predicts each worker from its item and realizes it from the chains", () => {
    const [first, second] = compared.workers;
    expect(first).to.deep.include({ item: 1, periodSeconds: 30, cost: "200" });
    expect(first!.predicted).to.include({ refreshes: 2, meanAgeSeconds: 15, reward: "400", utility: "0" });
    expect(first!.realized).to.include({
      refreshes: 2,
      meanAgeSeconds: 15,
      coverage: 1,
      paid: "407",
      utility: "7",
    });
    expect(second!.predicted).to.include({ refreshes: 3, meanAgeSeconds: 10, utility: "200" });
    expect(second!.realized).to.include({ meanAgeSeconds: 2000 / 120, coverage: 40 / 60, utility: "100" });
  });

  it("has the model's age and latency at the item's frequency", () => {
    // Fixed collection of one period: A = 1/(2f) − ½ + f, D = 1 + f.
    expect(compared.workers[0]!.predicted.modelAgeSeconds).to.be.closeTo(15 - 0.5 + 1 / 30, 1e-12);
    expect(compared.workers[0]!.predicted.modelLatencySeconds).to.be.closeTo(1 + 1 / 30, 1e-12);
    expect(compared.freshness.predicted.modelLatencySeconds).to.be.closeTo(1 + (1 / 30 + 1 / 20) / 2, 1e-12);
  });

  it("realizes the publisher's utility from ages: on time as predicted, late less", () => {
    const { expected, chosen, realized } = compared.providerUtility!;
    // Both types equally likely and both items chosen once.
    expect(expected).to.equal(chosen);
    const onTime = compareSettlement({
      ...task,
      workers: [task.workers[0]!, { ...task.workers[1]!, ageSquares: 1200n }],
    });
    const gained = BigInt(onTime.providerUtility!.realized) - BigInt(chosen);
    // Only the pay differs from the prediction: 707 instead of 900.
    expect(gained).to.equal(193n);
    expect(BigInt(realized) < BigInt(onTime.providerUtility!.realized)).to.equal(true);
  });

  it("adds up the budget", () => {
    expect(compared.budget).to.deep.equal({
      funded: "6000",
      worstCase: String((500 + 7) * 10),
      expected: "900",
      chosen: "900",
      paid: "707",
      refunded: "5293",
      held: "0",
    });
    expect(compared.workersUtility).to.deep.equal({ predicted: "200", realized: "107" });
    expect(compared.freshness.realized.coverage).to.be.closeTo(5 / 6, 1e-12);
  });

  it("counts an unclaimed pay as nothing, and stale data as worthless", () => {
    const { claim: _, ...unclaimed } = task.workers[0]!;
    const never = { ...unclaimed, refreshes: 0, coveredSeconds: 0, ageSquares: 3600n };
    const { workers, providerUtility } = compareSettlement({ ...task, workers: [never] });
    expect(workers[0]!.realized).to.include({
      claimed: false,
      acceptedRounds: null,
      paid: "0",
      utility: "0",
    });
    const strict = { ...task.types!, toleratedAgeSeconds: 1, toleratedLatencySeconds: 1 };
    expect(
      compareSettlement({ ...task, types: strict, workers: [never] }).providerUtility!.realized,
    ).to.equal("0");
    expect(BigInt(providerUtility!.realized) > 0n).to.equal(true);
  });

  it("leaves the model out where the menu was given item by item", () => {
    const { types: _, ...items } = task;
    const without = compareSettlement(items);
    expect(without.providerUtility).to.equal(null);
    expect(without.budget.expected).to.equal(null);
    expect(without.workers[0]!.predicted).to.include({ modelAgeSeconds: null, modelLatencySeconds: null });
    expect(without.freshness.predicted.modelAgeSeconds).to.equal(null);
  });
});
