import { expect } from "chai";
import fc from "fast-check";

import { BASELINES } from "../../../mechanisms/baselines.ts";
import type { PayTerms, TaskComparison } from "../../../tasks/compare/Comparison.ts";
import { comparisonRows } from "../../../tasks/compare/comparisonRows.ts";
import { parsePolicy } from "../../../tasks/compare/parsePolicy.ts";
import { taskComparison } from "../../../tasks/compare/taskComparison.ts";
import { taskStatement } from "../../../tasks/statement/taskStatement.ts";
import { foldTask } from "../../../tasks/view/foldTask.ts";
import { type TaskView, unheardTask } from "../../../tasks/view/TaskView.ts";
import { runs } from "../../tier.ts";
import { MANAGER, NETWORK, START, TASK, TERMS, VIRTUAL } from "../../unit/tasks/view/taskStory.ts";
import { BONUS, EPOCH, type History, history, MENU, told } from "./aoiHistories.ts";
import { TRADED, type Trade, trade, traded } from "./tradingHistories.ts";

const OVER = START + EPOCH + 5;
const RECORDED: PayTerms = { kind: "recorded" };

function viewOf(made: History, until = Number.POSITIVE_INFINITY): TaskView {
  const terms = { ...TERMS, rounds: made.planned, subchains: [VIRTUAL] };
  return told(made)
    .events.filter(({ time }) => time <= until)
    .reduce(foldTask, unheardTask(TASK, terms, MANAGER));
}

function tradeOf(made: Trade): { view: TaskView } & ReturnType<typeof traded> {
  const story = traded(made);
  return { ...story, view: story.events.reduce(foldTask, unheardTask(TASK, TRADED, MANAGER)) };
}

/** A menu as people write it, with every reward so many times as high. */
const menu = (times: bigint, items = MENU) =>
  parsePolicy(
    {
      policy: "aoi-contract",
      bonus: String(BONUS * times),
      menu: {
        items: items.map(({ period, reward, cost }) => ({
          ...{ period, reward: String(reward * times), cost: String(cost) },
        })),
      },
    },
    { source: "menu.json" },
  );

const amounts = ({ policies }: TaskComparison, place = 0) =>
  policies[place]!.pays.map(({ amount }) => BigInt(amount));

describe("taskComparison (property)", () => {
  it("pays by a task's own terms what was paid, to the wei, after every history", () => {
    fc.assert(
      fc.property(history, (made) => {
        const { pays } = told(made);
        const compared = taskComparison(viewOf(made), {
          ...{ network: NETWORK, now: OVER, policies: [RECORDED, menu(1n)] },
        });
        // Also where the very same menu is given as a file.
        expect(amounts(compared)).to.deep.equal(pays);
        expect(amounts(compared, 1)).to.deep.equal(pays);
        for (const { difference } of compared.policies) expect(difference).to.equal("0");
        const paid = made.lives.reduce((sum, { claims }, i) => (claims ? sum + pays[i]! : sum), 0n);
        expect(compared.paid).to.equal(String(paid));
        for (const { assumptions } of compared.policies) expect(assumptions).to.deep.equal([]);
      }),
      runs(60),
    );
  });

  it("says at every moment what the statement says that was earned", () => {
    fc.assert(
      fc.property(history, fc.nat(200), (made, seconds) => {
        const now = 905 + seconds;
        const view = viewOf(made, now);
        const { workers } = taskStatement(view, { network: NETWORK, now });
        const compared = taskComparison(view, { network: NETWORK, now, policies: [RECORDED] });
        expect(compared.workers.map(({ earned }) => earned)).to.deep.equal(
          workers.map(({ earned }) => earned),
        );
        expect(JSON.parse(JSON.stringify(compared))).to.deep.equal(compared);
      }),
      runs(60),
    );
  });

  it("pays by other rewards as much more as they are higher, but for the rounding", () => {
    fc.assert(
      fc.property(history, fc.bigInt({ min: 2n, max: 1000n }), (made, times) => {
        const { pays } = told(made);
        const compared = taskComparison(viewOf(made), {
          ...{ network: NETWORK, now: OVER, policies: [menu(times)] },
        });
        for (const [i, amount] of amounts(compared).entries()) {
          expect(amount >= times * pays[i]! && amount < times * (pays[i]! + 1n)).to.equal(true);
        }
        const [header, ...rows] = comparisonRows(compared);
        const place = header!.indexOf("would_earn");
        expect(rows.reduce((sum, row) => sum + BigInt(row[place]!), 0n)).to.equal(
          BigInt(compared.policies[0]!.total),
        );
      }),
      runs(30),
    );
  });

  it("gives everybody no less by its own interest than by any choice of the menu", () => {
    fc.assert(
      fc.property(history, (made) => {
        // Of two items that ask for the same, the second pays more: everybody has it.
        const better = [MENU[0]!, { ...MENU[0]!, reward: 2n * MENU[0]!.reward }];
        const view = viewOf(made);
        const about = { network: NETWORK, now: OVER, policies: [menu(1n, better)], refreshCost: 0n };
        const best = taskComparison(view, { ...about, choose: "best" });
        for (const { why } of best.policies[0]!.pays) expect(why).to.match(/^item 2|^no round was final/);
      }),
      runs(20),
    );
  });

  it("divides by baselines a budget, but for less than a wei a worker", () => {
    fc.assert(
      fc.property(trade, fc.bigInt({ min: 0n, max: 10n ** 27n }), (made, budget) => {
        const { view, scores, pays } = tradeOf(made);
        const policies = BASELINES.map(
          ({ name }): PayTerms => ({ kind: "baseline", baseline: name, budget }),
        );
        const { policies: compared } = taskComparison(view, {
          network: NETWORK,
          now: OVER,
          policies,
          scores,
        });
        for (const { total, remainder, pays: divided, name } of compared) {
          const left = BigInt(remainder!);
          expect(BigInt(total) + left).to.equal(budget);
          const nobody = divided.every(({ amount }) => amount === "0");
          expect(left >= 0n && (nobody || left < BigInt(pays.length)), name).to.equal(true);
        }
        expect(new Set(compared[0]!.pays.map(({ amount }) => amount)).size).to.equal(1);
        // Samples of what was taken.
        const taken = made.lives.map(({ parts }) =>
          parts.reduce((sum, { did, samples }) => (did === "taken" ? sum + samples : sum), 0),
        );
        const all = taken.reduce((sum, one) => sum + one, 0);
        if (all === 0) return;
        expect(compared[1]!.pays.map(({ amount }) => BigInt(amount))).to.deep.equal(
          taken.map((one) => (budget * BigInt(one)) / BigInt(all)),
        );
      }),
      runs(30),
    );
  });

  it("pays a trade by its own prices what was paid, and by blocks alone as well where nobody co-signed", () => {
    fc.assert(
      fc.property(trade, (made) => {
        const { view, pays, scores, policyEvents } = tradeOf(made);
        const about = { network: NETWORK, now: OVER, scores, policyEvents, policies: [RECORDED] };
        expect(amounts(taskComparison(view, about))).to.deep.equal(pays);
        // As it is before anything was recorded.
        const unrecorded = {
          ...view,
          subchains: view.subchains.map((chain) => ({
            ...chain,
            workers: chain.workers.map((worker) => ({ ...worker, work: undefined })),
          })),
        };
        expect(amounts(taskComparison(unrecorded, about))).to.deep.equal(pays);
      }),
      runs(60),
    );
  });
});
