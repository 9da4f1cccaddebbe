import { expect } from "chai";

import { encodeChoice, encodeTerms } from "../../../../mechanisms/aoi-contract/encodings.ts";
import { mechanismId } from "../../../../mechanisms/mechanismId.ts";
import { addMechanism, MECHANISMS } from "../../../../mechanisms/mechanisms.ts";
import { encodeScore } from "../../../../mechanisms/model-trading/encodings.ts";
import type { PayTerms } from "../../../../tasks/compare/Comparison.ts";
import { comparisonRows } from "../../../../tasks/compare/comparisonRows.ts";
import { parsePolicy } from "../../../../tasks/compare/parsePolicy.ts";
import { taskComparison } from "../../../../tasks/compare/taskComparison.ts";
import { tellComparison } from "../../../../tasks/compare/tellComparison.ts";
import { foldTask } from "../../../../tasks/view/foldTask.ts";
import { type TaskView, unheardTask } from "../../../../tasks/view/TaskView.ts";
import { thrown } from "../../thrown.ts";
import {
  event,
  MAIN,
  MANAGER,
  NETWORK,
  PHYSICAL,
  TASK,
  TERMS,
  until,
  VIRTUAL,
  worker,
} from "../view/taskStory.ts";

const OVER = 1200;
const RECORDED: PayTerms = { kind: "recorded" };
const viewAt = (time: number, terms = TERMS): TaskView =>
  until(time).reduce(foldTask, unheardTask(TASK, terms, MANAGER));
const compared = (policies: readonly PayTerms[], more: Partial<Parameters<typeof taskComparison>[1]> = {}) =>
  taskComparison(viewAt(OVER), { network: NETWORK, now: OVER, policies, ...more });

/** A menu as people write it. */
const menu = (items: readonly [period: number, reward: number, cost: number][], rest: object = {}) =>
  parsePolicy(
    {
      ...{ policy: "aoi-contract", ...rest },
      menu: {
        items: items.map(([period, reward, cost]) => ({
          ...{ period, reward: String(reward), cost: String(cost) },
        })),
      },
    },
    { source: "menu.json" },
  );
const pays = ({ policies }: ReturnType<typeof compared>, place = 0) =>
  policies[place]!.pays.map(({ amount }) => Number(amount));

describe("taskComparison", () => {
  it("measures anew how fresh data were, by what the other item asks", () => {
    // Worker 1 refreshed at 0 and 20 s and has item 2; worker 2 at 1 s, worker 3 at 2 s, both with item 1.
    const { policies, workers } = compared([
      menu([
        [50, 1000, 10],
        [10, 2000, 10],
      ]),
    ]);
    expect(workers.map(({ paid }) => paid)).to.deep.equal(["2007", "400", "500"]);
    // 20 of 100 s and all rounds; 50 s and half of the rounds twice.
    expect(policies[0]!.pays.map(({ amount }) => amount)).to.deep.equal(["400", "250", "250"]);
    expect(policies[0]!.pays[0]!.why).to.match(/^item 2 of 10 s for .*, fresh 20 of 100 s, 2 of 2 rounds$/);
    expect(policies[0]).to.deep.include({ total: "900", difference: String(900 - 2907), isFunded: true });
  });

  it("pays nothing to who chose what another menu has not, and says so", () => {
    const { policies } = compared([menu([[40, 1000, 10]])]);
    expect(policies[0]!.pays[0]).to.include({ amount: "0", why: "it chose item 2, and this menu has 1" });
  });

  it("has workers choose by the type that their item was meant for, and keep their promises as they did", () => {
    // At 20 wei an update item 1 is worth 100 − 20 and item 2 400 − 100; at 30 wei 100 − 30 and 400 − 150.
    const policies = [
      menu([
        [100, 100, 10],
        [20, 400, 10],
      ]),
    ];
    const best = compared(policies, { choose: "best" });
    // Of 40, 41 and 41 s that were fresh by what they had promised.
    expect(pays(best)).to.deep.equal([160, (400 * 40) / 100 / 2, (400 * 40) / 100 / 2]);
    expect(best.policies[0]!.assumptions.join(" ")).to.contain(
      "type that the item which it chose was meant for",
    );
    const dear = compared(policies, { choose: "best", refreshCost: 10n ** 20n });
    expect(pays(dear)).to.deep.equal([0, 0, 0]);
    expect(dear.policies[0]!.pays[0]!.why).to.contain("stays away").and.contain("at 100 a refresh");
  });

  it("tells what would have been put in escrow, and what was funded too little", () => {
    const rich = menu([[40, 10_000_000, 10]], { budget: "5" });
    const { policies, funded } = compared([rich, { kind: "baseline", baseline: "equal", budget: 12_001n }]);
    expect(funded).to.equal("12000");
    expect(policies[0]).to.deep.include({ escrow: "5", worstCase: String(10_000_001 * 4), isFunded: false });
    expect(policies[1]).to.deep.include({ escrow: null, total: "12000", remainder: "1", isFunded: true });
    const text = JSON.stringify(tellComparison(compared([rich])));
    expect(text)
      .to.contain("(too little)")
      .and.match(/is 0\.0000000000\d+ too little/);
  });

  it("compares a menu that no chain would take, and says that none would", () => {
    const { warnings } = compared([menu([[40, 0, 10]])]).policies[0]!;
    expect(warnings.join()).to.match(/No chain would take this menu.*individual rationality/);
  });

  it("pays of a running task for what happened so far", () => {
    const now = 1030;
    const running = taskComparison(viewAt(now), { network: NETWORK, now, policies: [RECORDED] });
    expect(running).to.include({ isRunning: true, paid: "0" });
    expect(running.workers.map(({ paid }) => paid)).to.deep.equal([null, null, null]);
    // 30 s of 100 fresh, and one of two rounds.
    expect(pays(running)).to.deep.equal([300, 145, 140]);
    const text = JSON.stringify(tellComparison(running));
    expect(text).to.contain("up to now").and.contain("paid (or earned)");
  });

  it("believes a subchain that recorded the work, though the main chain's clock is behind", () => {
    const view = viewAt(OVER);
    const now = 1010;
    const told = taskComparison(view, { network: NETWORK, now, policies: [RECORDED] });
    expect(told.isRunning).to.equal(false);
    expect(told.policies).to.deep.equal(compared([RECORDED]).policies);
  });

  it("is of nobody where nobody enrolled", () => {
    const view = viewAt(912);
    const policies: PayTerms[] = [RECORDED, menu([[40, 1, 0]]), { kind: "baseline", baseline: "equal" }];
    const nobody = taskComparison(view, { network: NETWORK, now: 912, policies });
    expect(nobody.workers).to.deep.equal([]);
    expect(nobody.policies.map(({ total }) => total)).to.deep.equal(["0", "0", "0"]);
    expect(tellComparison(nobody).parts.flat()).to.include("Nobody enrolled.");
    expect(comparisonRows(nobody)).to.have.length(1);
  });

  it("owes nothing of a task that ended before a round was final", () => {
    const events = [...until(1020), event(MAIN, 1150, "TaskClosed", { status: "Expired", rounds: 0 })];
    const view = events.reduce(foldTask, unheardTask(TASK, TERMS, MANAGER));
    const policies: PayTerms[] = [RECORDED, { kind: "baseline", baseline: "equal", budget: 30n }];
    const ended = taskComparison(view, { network: NETWORK, now: 1160, policies });
    expect([pays(ended), pays(ended, 1)]).to.deep.equal([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(ended.policies[1]).to.include({ remainder: "30" });
  });

  /** Prices for the first and the third worker. */
  const prices = parsePolicy(
    {
      ...{
        policy: "model-trading",
        cap: "1000000000000000000",
        scale: 1,
        dataWeight: 0.001,
        periodSeconds: 30,
      },
      prices: { offers: [1, 3].map((n) => ({ worker: worker(n), price: "1000000000000" })) },
    },
    { source: "prices.json" },
  );

  it("pays a task of one mechanism by the prices of another once its workers are scored", () => {
    const score = encodeScore({ omegaPpb: 900_000_000, thetaPpb: 750_000_000, rounds: 1 });
    const record = (chainId: bigint, index: number) => ({ chainId, task: TASK, index, score });
    const anew = { "model-trading": [record(VIRTUAL, 0), record(PHYSICAL, 0)] };
    const { policies } = compared([prices, { kind: "baseline", baseline: "accuracy", budget: 300n }], {
      anew,
    });
    const [first, second, third] = policies[0]!.pays;
    // Two updates of 10 samples: committed to 12 and 10 s after their rounds' openings, at 0 and 30 s, and there a second later.
    expect(first!.why).to.contain("2 sales of 20 samples").and.contain("2 of 2 rounds");
    // Ages from 13 s to 41 s over 28 s: p ω ε ln(1 + η · 20) / θ · (30 − (41² − 13²) / (2 · 28)) s.
    const iom = (0.9 * Math.log1p(0.02)) / 0.75;
    expect(Number(first!.amount)).to.be.closeTo(1e12 * iom * (30 - (41 ** 2 - 13 ** 2) / 56), 2);
    expect(second).to.include({ amount: "0", why: "no price is posted for it" });
    // One alone, which was there 16 s after its round's opening: older on average than a period.
    expect(third).to.include({ amount: "0" });
    expect(third!.why).to.contain("31.000 s old");
    for (const { assumptions } of policies) expect(assumptions.join()).to.contain("anew from storage");
    // A quarter of the loss each: in two rounds, none and one.
    expect(policies[1]!.pays.map(({ amount }) => amount)).to.deep.equal(["200", "0", "100"]);
  });

  describe("of workers that are scored as their own mechanism does", () => {
    const record = (chainId: bigint, index: number, score: string) => ({ chainId, task: TASK, index, score });
    const attested = [record(VIRTUAL, 0, "0x01"), record(PHYSICAL, 0, "0x02")];
    const rescored = (scores: typeof attested | undefined, again: typeof attested) =>
      compared([RECORDED], { scores, again });
    const words = (told: ReturnType<typeof compared>) => JSON.stringify(tellComparison(told));

    it("says nothing where nobody asked", () => {
      expect(compared([RECORDED]).rescored).to.equal(null);
    });

    it("says that they are those that aggregators attested", () => {
      const told = rescored(attested, [...attested].reverse());
      expect(told.rescored).to.deep.equal({ attested: 2, anew: 2, differences: [] });
      expect(words(told)).to.contain("the 2 scores that aggregators attested, digit for digit");
    });

    it("says of whom they are others, and that pay goes by what was attested", () => {
      const told = rescored(attested, [record(VIRTUAL, 0, "0x01"), record(VIRTUAL, 1, "0x03")]);
      expect(told.rescored!.differences).to.deep.equal([
        { worker: worker(2), chain: "virtual", attested: null, anew: "0x03" },
        { worker: worker(3), chain: "physical", attested: "0x02", anew: null },
      ]);
      expect(words(told))
        .to.contain("2 workers of 2 would have other scores")
        .and.contain("attested nothing, anew 0x03")
        .and.contain("./freshet audit 3");
    });

    it("says that pay goes by them where nobody can read what was attested", () => {
      const told = rescored(undefined, attested);
      expect(told.rescored).to.deep.equal({ attested: null, anew: 2, differences: [] });
      expect(words(told)).to.contain("What aggregators attested cannot be read");
    });
  });

  it("says what a history lacks", () => {
    const lacks = (policies: readonly PayTerms[], more: Parameters<typeof compared>[1] = {}) => {
      const error = thrown(() => compared(policies, more));
      expect(error).to.include({ code: "HISTORY_LACKS" });
      return error.details;
    };
    expect(lacks([prices])).to.contain("aoi-contract does not score workers");
    expect(lacks([prices], { choose: "best" })).to.contain("CPU");
    expect(lacks([{ kind: "baseline", baseline: "accuracy" }])).to.contain("does not score workers");
  });

  it("knows no baseline of any name", () => {
    expect(thrown(() => compared([{ kind: "baseline", baseline: "lottery" }]))).to.include({
      code: "UNKNOWN_BASELINE",
    });
  });

  describe("of a mechanism that does not tell how it pays for other histories", () => {
    const plain = { ...MECHANISMS[0]!, name: "plain", resettlement: undefined } as never;
    const terms = { ...TERMS, mechanism: mechanismId("plain") };
    let takeOut: () => void;
    before(() => {
      takeOut = addMechanism(plain);
    });
    after(() => takeOut());
    const about = { network: NETWORK, now: OVER };

    it("pays by its own terms with the pay of an audit, once work was recorded", () => {
      const compared = taskComparison(viewAt(OVER, terms), { ...about, policies: [RECORDED] });
      // As recorded: 100, 80 and 98 s.
      expect(pays(compared)).to.deep.equal([2007, 400, 490]);
      expect(tellComparison(compared).parts.flat().join()).to.contain("500 wei, and not 490");
      const running = () =>
        taskComparison(viewAt(1050, terms), { ...about, now: 1050, policies: [RECORDED] });
      expect(thrown(running).details).to.contain("once its subchain has recorded it");
    });

    it("pays by no other terms and knows no choices", () => {
      const view = viewAt(OVER, terms);
      const best = () => taskComparison(view, { ...about, policies: [RECORDED], choose: "best" });
      const { mechanism: _, ...policy } = menu([[40, 1, 0]]) as Extract<PayTerms, { kind: "policy" }>;
      const other = () => taskComparison(view, { ...about, policies: [{ ...policy, mechanism: "plain" }] });
      for (const call of [best, other]) expect(thrown(call)).to.include({ code: "NO_RESETTLEMENT" });
    });
  });

  it("still divides by baselines what a mechanism paid that is not known here", () => {
    const terms = { ...TERMS, mechanism: "0x00000000" };
    const policies: PayTerms[] = [{ kind: "baseline", baseline: "samples" }];
    const told = taskComparison(viewAt(OVER, terms), { network: NETWORK, now: OVER, policies });
    expect(told).to.include({ mechanism: null, earned: null });
    // Two updates of worker 1, and one of each other, of 10 samples each.
    expect(pays(told)).to.deep.equal([Math.floor(2907 / 2), Math.floor(2907 / 4), Math.floor(2907 / 4)]);
    const own = () =>
      taskComparison(viewAt(OVER, terms), { network: NETWORK, now: OVER, policies: [RECORDED] });
    expect(thrown(own)).to.include({ code: "UNKNOWN_MECHANISM" });
  });

  it("pays nobody for an item that its menu does not have", () => {
    const choice = encodeChoice({ item: 7 });
    const view = [
      event(MAIN, 900, "TaskPublished", {
        mechanismTerms: encodeTerms({ bonus: 1n, menu: [{ period: 40, reward: 9n, cost: 1n }] }),
      }),
      event(VIRTUAL, 920, "WorkerEnrolled", { worker: worker(1), index: 0, choice }),
    ].reduce(foldTask, unheardTask(TASK, TERMS, MANAGER));
    const told = taskComparison(view, { network: NETWORK, now: OVER, policies: [RECORDED] });
    expect(told.workers[0]!.earned).to.equal("0");
  });
});
