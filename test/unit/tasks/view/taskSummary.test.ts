import { expect } from "chai";

import { aoiContract } from "../../../../mechanisms/aoi-contract/aoiContract.ts";
import type { Mechanism } from "../../../../mechanisms/Mechanism.ts";
import { mechanismId } from "../../../../mechanisms/mechanismId.ts";
import { knownMechanism } from "../../../../mechanisms/mechanismOf.ts";
import { MECHANISMS } from "../../../../mechanisms/mechanisms.ts";
import { textTable } from "../../../../reports/textTable.ts";
import { foldTask } from "../../../../tasks/view/foldTask.ts";
import { unheardTask } from "../../../../tasks/view/TaskView.ts";
import { taskSummary } from "../../../../tasks/view/taskSummary.ts";
import { tellTask } from "../../../../tasks/view/tellTask.ts";
import { MANAGER, MECHANISM_TERMS, model, NETWORK, TASK, TERMS, until, worker } from "./taskStory.ts";

const costs: Record<string, bigint> = { [worker(1)]: 20n, [worker(2)]: 30n };
const at = (time: number) =>
  taskSummary(until(time).reduce(foldTask, unheardTask(TASK, TERMS, MANAGER)), {
    network: NETWORK,
    now: time,
    costOf: (who) => costs[who],
  });

describe("taskSummary", () => {
  it("tells rounds, payments and escrow, with what the mechanism knows", () => {
    expect(at(2000)).to.deep.equal({
      taskId: "3",
      status: "Completed",
      phase: { name: "ended", round: null },
      measure: null,
      rounds: [
        { round: 1, accuracy: 0.5, updates: { virtual: 2, physical: 1 }, globalDigest: model(10) },
        { round: 2, accuracy: 0.7525, updates: { virtual: 1, physical: 0 }, globalDigest: model(11) },
      ],
      finalAccuracy: 0.7525,
      payments: [
        {
          worker: worker(3),
          chain: "physical",
          type: null,
          item: 1,
          coveredSeconds: 98,
          epochSeconds: 100,
          acceptedRounds: 1,
          paid: "500",
        },
        {
          worker: worker(2),
          chain: "virtual",
          type: 1,
          item: 1,
          coveredSeconds: 80,
          epochSeconds: 100,
          acceptedRounds: 1,
          paid: "400",
        },
        {
          worker: worker(1),
          chain: "virtual",
          type: 2,
          item: 2,
          coveredSeconds: 100,
          epochSeconds: 100,
          acceptedRounds: 2,
          paid: "2007",
        },
      ],
      due: "0",
      escrow: { funded: "12000", paid: "2907", refunded: "9093" },
      held: null,
    });
  });

  it("tells what workers have earned so far, and claimed not yet", () => {
    // Before any round is final nothing is earned.
    expect(at(1020).due).to.equal("0");
    // One of two planned rounds; covered: 39 s of period 20, 40 s of period 40 twice.
    expect(at(1042)).to.deep.include({ finalAccuracy: 0.5, phase: { name: "committing", round: 2 } });
    expect(at(1042).due).to.equal(String((2000n * 40n) / 200n + (1000n * 40n) / 200n + (1000n * 40n) / 200n));
    // As recorded, once it is; payments leave it.
    expect(at(1109).due).to.equal(String(2007n + 400n + 490n));
    expect(at(1110).due).to.equal(String(2007n + 400n));
    expect(at(1112).due).to.equal("0");
  });

  it("owes nothing before a round is final, whatever the mechanism pays for", () => {
    const known = MECHANISMS as Mechanism[];
    known.push({ ...aoiContract, name: "generous", view: { ...aoiContract.view, due: () => 5n } });
    try {
      const terms = { ...TERMS, mechanism: mechanismId("generous") };
      const dueAt = (time: number) => {
        const view = until(time).reduce(foldTask, unheardTask(TASK, terms, MANAGER));
        return taskSummary(view, { network: NETWORK, now: time }).due;
      };
      expect(dueAt(1020)).to.equal("0");
      expect(dueAt(1042)).to.equal("15");
    } finally {
      known.pop();
    }
  });

  it("tells a task whose mechanism is not known here by what the core knows", () => {
    const terms = { ...TERMS, mechanism: "0x00000000" };
    const view = until(2000).reduce(foldTask, unheardTask(TASK, terms, MANAGER));
    const summary = taskSummary(view, { network: NETWORK, now: 2000 });
    expect(summary.due).to.equal(null);
    expect(summary.payments[0]).to.deep.equal({
      worker: worker(3),
      chain: "physical",
      epochSeconds: 100,
      acceptedRounds: 1,
      paid: "500",
    });
    const { header } = textTable(tellTask(summary, undefined).parts[1] as never);
    expect(header).to.equal("worker       chain     rounds    paid");
  });
});

describe("taskSummary (what the escrow is held for)", () => {
  const heldWith = (time: number, heldUntil?: number) =>
    taskSummary(until(time).reduce(foldTask, unheardTask(TASK, TERMS, MANAGER)), {
      network: NETWORK,
      now: time,
      ...(heldUntil === undefined ? {} : { heldUntil }),
    }).held;

  it("is nothing while the task is open, and once the rest is the publisher's", () => {
    expect([1050, 1112, 2000].map((time) => heldWith(time))).to.deep.equal([null, null, null]);
    expect(heldWith(1050, 2 ** 48 - 1)).to.equal(null);
  });

  it("is a subchain that has not settled, then the workers' claims", () => {
    expect(heldWith(1106)).to.deep.equal({ until: 1150 + 7 * 86_400, why: "settlements" });
    expect(heldWith(1110)).to.deep.equal({ until: 1157, why: "claims" });
    expect(heldWith(1110, 1157)).to.deep.equal({ until: 1157, why: "claims" });
  });

  it("is the route from the relay chain while it is closed, and after it was", () => {
    expect(heldWith(1110, 2 ** 48 - 1)).to.deep.equal({ until: null, why: "route" });
    expect(heldWith(1110, 1190)).to.deep.equal({ until: 1190, why: "route" });
  });
});

describe("tellTask", () => {
  const { view } = knownMechanism(TERMS.mechanism)!;

  it("has the columns of the mechanism, and what is due while there is something", () => {
    const told = tellTask(at(1110), view);
    expect(told.title).to.equal("Task 3: Completed, claiming");
    const [rounds, payments, escrow] = told.parts;
    expect(textTable(rounds as never).rows[1]).to.match(/^ +2 +75\.25 % +1 +0 +0x1111111111111111…$/);
    expect(textTable(payments as never)).to.deep.equal({
      header: "worker       chain     type  item     fresh  rounds    paid",
      rows: ["0x0303…0303  physical     –     1  98/100 s       1  0.0000"],
    });
    expect(escrow).to.have.length(3);
    expect((escrow as string[])[2]).to.equal(
      "the rest is held until 1970-01-01T00:19:17.000Z: workers may claim",
    );
    // Only a classifier's score is an accuracy.
    expect(textTable(rounds as never).header).to.match(/^round +score +virtual/);
    const named = tellTask({ ...at(1110), measure: "AUC" }, view).parts[0];
    expect(textTable(named as never).header).to.match(/^round +AUC +virtual/);
    expect(tellTask(at(2000), view).title).to.equal("Task 3: Completed");
    // In full nothing is abbreviated: other commands ask for it.
    const [models, workers] = tellTask(at(1110), view, { full: true }).parts;
    expect(textTable(models as never).rows[1]).to.contain(model(11));
    expect(textTable(workers as never).rows[0]).to.contain(worker(3));
    expect(view.offer(MECHANISM_TERMS)).to.equal("a menu of 2 items");
  });
});
