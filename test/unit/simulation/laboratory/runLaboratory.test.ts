import { expect } from "chai";
import { FederationPool } from "../../../../simulation/federated/FederationPool.ts";
import type {
  LaboratoryClient,
  LaboratoryResult,
} from "../../../../simulation/laboratory/LaboratoryResult.ts";
import { runLaboratory } from "../../../../simulation/laboratory/runLaboratory.ts";
import { rejected, thrown } from "../../thrown.ts";
import { GROUPS, load, MECHANISMS, smallSetting, wei } from "./smallLaboratory.ts";

describe("runLaboratory", function () {
  this.timeout(60_000);
  let pool: FederationPool;
  before(() => {
    pool = new FederationPool({ threads: 2 });
  });
  after(() => pool.close());

  const run = (given: Record<string, unknown> = {}, on = pool): Promise<LaboratoryResult> =>
    runLaboratory({ setting: smallSetting(given), seed: 1, pool: on, load });
  const deviating = (client: number, behaviour: unknown, mechanism: object) =>
    run({ mechanism, deviation: { clients: [client], behaviour } });
  const costOf = ({ cost }: LaboratoryClient) => BigInt(cost);

  for (const [name, mechanism] of Object.entries(MECHANISMS)) {
    it(`plays and pays a task by ${name}`, async () => {
      const { clients, rounds, spent, worstCase, metrics } = await run({ mechanism });
      expect(rounds).to.have.length(6);
      expect(rounds.at(-1)!.score).to.be.greaterThan(rounds[0]!.score).and.greaterThan(0.5);
      expect(clients).to.have.length(12);
      for (const { pay, cost, utility, isEnrolled, updates, accepted } of clients) {
        expect(BigInt(utility)).to.equal(BigInt(pay) - BigInt(cost));
        if (!isEnrolled) expect({ pay, cost, updates }).to.deep.equal({ pay: "0", cost: "0", updates: 0 });
        else expect([updates, accepted]).to.deep.equal([6, 6]);
      }
      expect(clients.some(({ isEnrolled }) => isEnrolled)).to.equal(true);
      const paid = clients.reduce((sum, { pay }) => sum + BigInt(pay), 0n);
      expect([String(paid), paid > 0n && paid <= BigInt(worstCase)]).to.deep.equal([spent, true]);
      expect(metrics.enrolled! + metrics.left!).to.equal(1);
    });
  }

  it("comes to the same on 1, 2 and 4 threads, however its clients behave", async () => {
    const behaviours = [
      "copy",
      { kind: "lazy", refreshes: 0.5, lateness: 0.5, samples: 0.5 },
      { kind: "flip-labels", share: 0.5 },
      { kind: "flip-sign", factor: 0.5 },
      "noise",
      [{ kind: "drop-out", probability: 0.3 }, "overstate"],
    ];
    const given = {
      population: {
        groups: behaviours.map((behaviour, i) => ({ ...GROUPS[2], name: `group-${i}`, behaviour })),
      },
      mechanism: MECHANISMS["model-trading"],
    };
    const results: LaboratoryResult[] = [];
    for (const threads of [1, 2, 4]) {
      const own = new FederationPool({ threads });
      results.push(await run(given, own));
      await own.close();
    }
    expect(results[0]!.clients.filter(({ isEnrolled }) => isEnrolled)).to.have.length(12);
    expect(results[0]!.model).to.equal("0xdb06c68534b42da4c6ce1c3f3803d79c39f466e8a931c9787fdf8b2ea8181e1b");
    expect(results[1]).to.deep.equal(results[0]);
    expect(results[2]).to.deep.equal(results[0]);
    // Somebody dropped out.
    expect(results[0]!.metrics.updates).to.be.within(0.8, 0.999);
  });

  it("has those leave whom it does not pay to take part", async () => {
    const dear = { ...GROUPS[0]!, costs: { refresh: 0.2, update: 0.5 } };
    const { clients, rounds } = await run({ population: { groups: [dear] } });
    expect(clients.every(({ isEnrolled, why }) => !isEnrolled && why.includes("does not cover"))).to.equal(
      true,
    );
    expect(rounds.map(({ updates }) => updates)).to.deep.equal([0, 0, 0, 0, 0, 0]);
  });

  it("pays who is late with its refreshes less by the AoI contract, and by equal pay as much", async () => {
    const lazy = { kind: "lazy", refreshes: 0.5 };
    for (const [mechanism, isPunished] of [
      [MECHANISMS["aoi-contract"], true],
      [MECHANISMS.equal, false],
    ] as const) {
      const [honest, cheating] = [await run({ mechanism }), await deviating(2, lazy, mechanism)];
      const [before, after] = [honest.clients[2]!, cheating.clients[2]!];
      expect([before.isEnrolled, after.isEnrolled]).to.deep.equal([true, true]);
      expect(costOf(after) < costOf(before)).to.equal(true);
      expect(BigInt(after.pay) < BigInt(before.pay)).to.equal(isPunished);
      // The others' choices are what they were.
      expect(cheating.clients.map(({ isEnrolled }) => isEnrolled)).to.deep.equal(
        honest.clients.map(({ isEnrolled }) => isEnrolled),
      );
    }
  });

  it("lets who copies train nothing, who is too slow be paid nothing, and who overstates have a larger part", async () => {
    const { samples: mechanism } = MECHANISMS;
    const honest = await run({ mechanism });
    const [before] = [honest.clients[2]!];
    const copying = (await deviating(2, "copy", mechanism)).clients[2]!;
    expect(costOf(before) - costOf(copying)).to.equal(6n * 2n * 10n ** 16n);
    expect(copying.updates).to.equal(6);
    const slow = (await deviating(2, { kind: "slow", factor: 10 }, mechanism)).clients[2]!;
    expect([slow.updates, slow.pay, slow.cost]).to.deep.equal([0, "0", before.cost]);
    const half = [
      { kind: "lazy", refreshes: 1, samples: 0.5 },
      { kind: "overstate", factor: 2 },
    ];
    const overstating = (await deviating(2, half, mechanism)).clients[2]!;
    expect([overstating.samples, overstating.pay]).to.deep.equal([before.samples, before.pay]);
    expect(costOf(overstating) < costOf(before)).to.equal(true);
  });

  it("does not count rounds against a client that did not ask for it", async () => {
    const { clients } = await run({ sampling: { kind: "uniform", clients: 3 } });
    const enrolled = clients.filter(({ isEnrolled }) => isEnrolled);
    expect(enrolled.reduce((sum, { updates }) => sum + updates, 0)).to.equal(18);
    const paid = enrolled.filter(({ updates }) => updates > 0).map(({ pay }) => BigInt(pay));
    // A whole reward, with the bonus.
    expect(paid.every((pay) => pay % 10n ** 15n === 1000n)).to.equal(true);
  });

  it("refuses what its numbers come to together", async () => {
    const refused = (given: Record<string, unknown>) => {
      const error = thrown(() => smallSetting(given));
      expect(error.code).to.equal("LABORATORY_SETTING");
      return error.details!;
    };
    const long = { schedule: { epochSeconds: 1_000_000, commitSeconds: 50 }, mechanism: MECHANISMS.equal };
    expect(refused({ ...long, clients: 50_000, rounds: 4000 })).to.include(
      "rounds: 50,000 clients a round × 4,000 rounds × 1 epochs come to 200,000,000 passes of clients over their data in a run, above 100,000,000; take fewer of one, or have fewer clients take part in a round (sampling)",
    );
    expect(refused({ ...long, clients: 10_000, rounds: 4000 })).to.include(
      "40,000,000 updates that are paid for, above 10,000,000",
    );
    smallSetting({ ...long, clients: 10_000, rounds: 4000, sampling: { kind: "uniform", clients: 100 } });
    expect(
      refused({ ...long, mechanism: { ...MECHANISMS.equal, refreshSeconds: 1 }, clients: 100 }),
    ).to.include(
      "mechanism: 100 clients × 1,000,000 refreshes each come to 100,000,000 refreshes, above 50,000,000",
    );
    expect(
      refused({ population: { groups: [{ name: "all", count: 300_000 }] }, clients: undefined }),
    ).to.include("clients: 300,000 clients, above 250,000");
    const large = { model: { kind: "mlp", inputs: 784, hidden: [2000], outputs: 10 }, clients: 1000 };
    smallSetting({ ...large, mechanism: MECHANISMS.equal });
    for (const kept of [
      { mechanism: MECHANISMS.accuracy },
      { mechanism: MECHANISMS["model-trading"] },
      { mechanism: MECHANISMS.equal, deviation: { clients: [0], behaviour: "copy" } },
    ]) {
      expect(refused({ ...large, ...kept })).to.include("bytes of updates in a round, all of which are kept");
    }
    expect(refused({ deviation: { clients: [3, 12], behaviour: "noise" } })).to.include(
      "deviation.clients: there is no client 12: they are 0 to 11",
    );
    expect(refused({ clients: undefined })).to.include("does not say how many clients there are");
    // What clients choose under a menu is not known before they have chosen.
    const menu = { items: [{ period: 1, reward: wei(1e6), cost: wei(0.1) }] };
    const often = {
      ...{ ...long, schedule: { epochSeconds: 30_000_000, commitSeconds: 50 } },
      mechanism: { ...MECHANISMS["aoi-contract"], menu },
    };
    const error = await rejected(run({ ...often, population: { groups: [{ ...GROUPS[2]!, costs: {} }] } }));
    expect([error.code, error.details]).to.deep.equal([
      "LABORATORY_TOO_LARGE",
      "They are 360,000,000 of all clients together, above 50,000,000 refreshes.",
    ]);
  });

  it("refuses settings that cannot be", () => {
    for (const [wrong, where] of [
      [{ mechanism: { policy: "chess" } }, "mechanism"],
      [{ mechanism: { baseline: "equal" } }, "mechanism"],
      [{ schedule: { epochSeconds: 360, commitSeconds: 59 } }, "at most 58 s"],
      [{ model: { kind: "mlp", inputs: 3, hidden: [], outputs: 10 } }, "model"],
      [{ drift: 2 }, "drift"],
      [
        { strategy: { kind: "scaffold", workers: 12 }, deviation: { clients: [0], behaviour: "copy" } },
        "nothing to correct",
      ],
    ] as const) {
      const error = thrown(() => smallSetting(wrong));
      expect(error).to.include({ code: "LABORATORY_SETTING" });
      expect((error as { details?: string }).details, JSON.stringify(wrong)).to.include(where);
    }
  });
});
