import { expect } from "chai";
import { NO_SCORES } from "../../../../protocol/scores.ts";
import { escrowHold } from "../../../../tasks/view/escrowHold.ts";
import { foldTask } from "../../../../tasks/view/foldTask.ts";
import { unheardTask } from "../../../../tasks/view/TaskView.ts";
import { taskPhase } from "../../../../tasks/view/taskPhase.ts";
import { workerHistories } from "../../../../tasks/view/workerHistories.ts";
import {
  aoiWork,
  event,
  MAIN,
  MANAGER,
  MECHANISM_TERMS,
  model,
  PHYSICAL,
  place,
  STORY,
  TASK,
  TERMS,
  until,
  worker,
} from "./taskStory.ts";

const at = (time: number) => until(time).reduce(foldTask, unheardTask(TASK, TERMS, MANAGER));
const phaseAt = (time: number) => {
  const phase = taskPhase(at(time), time);
  return "round" in phase ? `${phase.name} ${phase.round}` : phase.name;
};

describe("foldTask", () => {
  it("tells the money, the rounds and the payments of a whole task", () => {
    const view = at(2000);
    expect(view).to.deep.include({ status: "Completed", endedAt: 1075, mechanismTerms: MECHANISM_TERMS });
    expect(view.escrow).to.deep.equal({ funded: 12_000n, paid: 2907n, refunded: 9093n });
    expect(view.rounds.map(({ result }) => result)).to.deep.equal([
      {
        ...{ finalizedAt: 1030, globalModel: model(10), score: 0.5, accepted: [[3n], [1n]] },
        ...{ finalizedIn: place(1030), scores: NO_SCORES },
      },
      {
        ...{ finalizedAt: 1075, globalModel: model(11), score: 0.7525, accepted: [[1n], []] },
        ...{ finalizedIn: place(1075), scores: NO_SCORES },
      },
    ]);
    expect(
      view.payments.map(({ worker: who, amount, acceptedRounds, at: time }) => [
        who,
        amount,
        acceptedRounds,
        time,
      ]),
    ).to.deep.equal([
      [worker(3), 500n, 1, 1110],
      [worker(2), 400n, 1, 1111],
      [worker(1), 2007n, 2, 1112],
    ]);
  });

  it("tells who committed, revealed and was abandoned, and when rounds opened", () => {
    const [virtual, physical] = at(2000).subchains;
    expect(virtual!.rounds).to.deep.equal([
      {
        // However early the task arrived.
        openedAt: 1000,
        startedIn: place(910),
        commitsClosedAt: 1012,
        commitsClosedIn: place(1012),
        revealsOpenedAt: 1013,
        closedAt: 1018,
        closedIn: place(1018),
        abandoned: false,
        committed: [worker(2), worker(1)],
        committedIn: [place(1010), place(1012)],
        revealed: [worker(1), worker(2)],
        revealedIn: [
          { ...place(1014), receipts: 1, update: model(1), samples: 10 },
          { ...place(1016), receipts: 1, update: model(1), samples: 10 },
        ],
      },
      {
        openedAt: 1030,
        startedIn: place(1035),
        commitsClosedAt: undefined,
        commitsClosedIn: undefined,
        revealsOpenedAt: undefined,
        closedAt: 1057,
        closedIn: place(1057),
        abandoned: false,
        committed: [worker(1)],
        committedIn: [place(1040)],
        revealed: [worker(1)],
        revealedIn: [{ ...place(1056), receipts: 1, update: model(1), samples: 10 }],
      },
    ]);
    expect(physical!.rounds[1]).to.include({ abandoned: true, closedAt: 1079 });
    expect(
      [virtual, physical].map((chain) => [
        chain!.arrivedAt,
        chain!.settledAt,
        chain!.settledWorkers,
        chain!.finished,
      ]),
    ).to.deep.equal([
      [910, 1101, 2, true],
      [911, 1102, 1, true],
    ]);
  });

  it("tells in which rounds each worker revealed an update", () => {
    expect(workerHistories(at(2000)).map(({ revealedRounds }) => revealedRounds)).to.deep.equal([
      [0, 1],
      [0],
      [0],
    ]);
  });

  it("tells what each worker chose, when its data were refreshed, and how often it was taken", () => {
    expect(
      workerHistories(at(2000)).map(
        ({ worker: who, choice, refreshes, work, acceptedRounds, countedRounds }) => ({
          who,
          choice: Number(choice),
          refreshes,
          work,
          rounds: [acceptedRounds, countedRounds],
        }),
      ),
    ).to.deep.equal([
      { who: worker(1), choice: 1, refreshes: [1000, 1020], work: aoiWork(1, 100, 5), rounds: [2, 2] },
      { who: worker(2), choice: 0, refreshes: [1001], work: aoiWork(0, 80, 6), rounds: [1, 2] },
      { who: worker(3), choice: 0, refreshes: [1002], work: aoiWork(0, 98, 9), rounds: [1, 2] },
    ]);
  });

  it("knows why a task was refused, and takes the last attestation of an aggregator", () => {
    const view = [
      event(MAIN, 900, "TaskPublished"),
      event(MAIN, 901, "AggregateAttested", {
        round: 0,
        aggregator: worker(1),
        aggregateHash: model(1),
        attempt: 0,
      }),
      event(MAIN, 902, "AggregateAttested", {
        round: 0,
        aggregator: worker(1),
        aggregateHash: model(2),
        attempt: 1,
      }),
      event(MAIN, 903, "TaskRefused", { reason: "0x1234" }),
      event(MAIN, 903, "TaskClosed", { status: "Rejected", rounds: 0 }),
    ].reduce(foldTask, unheardTask(TASK, TERMS, MANAGER));
    expect(view).to.include({ status: "Rejected", refusal: "0x1234" });
    expect([...view.rounds[0]!.attested]).to.deep.equal([[worker(1), model(2)]]);
  });

  it("is told nothing by other tasks' events, nor by events that it does not know", () => {
    const before = at(1050);
    for (const other of [
      event(MAIN, 1050, "TaskRefused", { task: 4n, reason: "0x" }),
      event(MAIN, 1050, "Paid", { id: 4n, amount: 1n }),
      // Of another application, which numbers its accounts by itself.
      event(MAIN, 1050, "Funded", { application: worker(77), amount: 1n }),
      event(MAIN, 1050, "Paid", { application: worker(77), amount: 1n }),
      event(MAIN, 1050, "Refunded", { application: worker(77), amount: 1n }),
      event(MAIN, 1050, "LateMessage", {}),
      event(99n, 1050, "TaskArrived"),
    ]) {
      expect(foldTask(before, other)).to.deep.equal(before);
    }
  });
});

describe("taskPhase", () => {
  it("goes from enrolment through the rounds to the end", () => {
    const phases: [time: number, phase: string][] = [
      [899, "unheard"],
      [900, "enrolling"],
      [999, "enrolling"],
      [1000, "committing 0"],
      // The physical space is later than the virtual one.
      [1014, "committing 0"],
      [1015, "committing 0"],
      [1016, "revealing 0"],
      [1018, "aggregating 0"],
      [1030, "committing 1"],
      [1051, "committing 1"],
      // Nobody commits in the physical space, which shows only by its clock.
      [1052, "revealing 1"],
      [1061, "revealing 1"],
      [1062, "aggregating 1"],
      [1075, "settling"],
      [1105, "claiming"],
      [1112, "refunding"],
      [1113, "ended"],
    ];
    expect(phases.map(([time]) => [time, phaseAt(time)])).to.deep.equal(phases);
  });

  it("waits for a dead subchain only so long, and for a dead task until its deadline", () => {
    const silent = [event(MAIN, 900, "TaskPublished"), event(MAIN, 900, "Funded", { amount: 10n })].reduce(
      foldTask,
      unheardTask(TASK, TERMS, MANAGER),
    );
    expect([1041, 1042, 1199, 1200].map((now) => taskPhase(silent, now).name)).to.deep.equal([
      "committing",
      "aggregating",
      "aggregating",
      "overdue",
    ]);
    const expired = foldTask(silent, event(MAIN, 1201, "TaskClosed", { status: "Expired", rounds: 0 }));
    // What was revealed in the round that was open may be owed, and its subchains are heard for a week more.
    const until = 1201 + TERMS.schedule.claimSeconds + 7 * 86_400;
    expect(escrowHold(expired)).to.deep.equal({ until, why: "settlements" });
    expect([1201, until - 1, until].map((now) => taskPhase(expired, now).name)).to.deep.equal([
      "settling",
      "settling",
      "refunding",
    ]);
  });

  it("leaves the publisher what was not claimed in time", () => {
    const unclaimed = at(1107);
    // From the last settlement on.
    expect(escrowHold(unclaimed)).to.deep.equal({ until: 1157, why: "claims" });
    expect(taskPhase(unclaimed, 1156).name).to.equal("claiming");
    expect(taskPhase(unclaimed, 1157).name).to.equal("refunding");
    expect(STORY.flat()).to.have.length.above(50);
  });

  it("counts a credited reveal once, whichever chain is heard first", () => {
    const credit = event(MAIN, 1108, "RevealCredited", { chainId: PHYSICAL, worker: worker(3), index: 0 });
    const credited = [credit, credit].reduce(foldTask, at(1107));
    const before = workerHistories(at(1107)).map(({ acceptedRounds }) => acceptedRounds);
    expect(workerHistories(credited).map(({ acceptedRounds }) => acceptedRounds)).to.deep.equal(
      before.with(2, before[2]! + 1),
    );
    const early = [credit, ...until(1107)].reduce(foldTask, unheardTask(TASK, TERMS, MANAGER));
    expect(early).to.deep.equal(foldTask(at(1107), credit));
  });
});
