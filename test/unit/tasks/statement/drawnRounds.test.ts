import { expect } from "chai";
import { id } from "ethers";

import { isDrawn } from "../../../../protocol/draws.ts";
import { NO_SCORES } from "../../../../protocol/scores.ts";
import { roundsOf } from "../../../../tasks/statement/missedRounds.ts";
import { foldTask } from "../../../../tasks/view/foldTask.ts";
import { type TaskView, unheardTask } from "../../../../tasks/view/TaskView.ts";
import { workerHistories } from "../../../../tasks/view/workerHistories.ts";
import {
  event,
  MAIN,
  MANAGER,
  MECHANISM_TERMS,
  model,
  START,
  TASK,
  TERMS,
  VIRTUAL,
  worker,
} from "../view/taskStory.ts";

const ENROLLED = 3;
const terms = { ...TERMS, maxWorkers: ENROLLED, workersPerRound: 1 };

/** A beacon by which the rounds 0 and 1 take these workers. */
function beaconFor(wanted: readonly [number, number]): string {
  for (let n = 0; ; n++) {
    const beacon = id(`beacon ${n}`);
    const facts = { sampling: "Uniform", beacon, enrolled: ENROLLED, drawn: 1 } as const;
    if (wanted.every((index, round) => isDrawn(facts, round, index))) return beacon;
  }
}

/** A task whose two rounds took the workers with these bits of the virtual space. */
function view(beacon: string | undefined, taken: readonly bigint[], rounds = 2): TaskView {
  const finalized = taken.slice(0, rounds).map((bits, round) =>
    event(MAIN, 1030 + round, "RoundFinalized", {
      round,
      globalModel: model(10 + round),
      scorePpb: 500_000_000,
      accepted: [[bits], []],
      scores: NO_SCORES,
    }),
  );
  return [
    event(MAIN, 900, "TaskPublished", { publisher: worker(99), mechanismTerms: MECHANISM_TERMS }),
    event(VIRTUAL, 910, "TaskArrived"),
    ...[0, 1, 2].map((index) =>
      event(VIRTUAL, 920 + index, "WorkerEnrolled", { worker: worker(index), index, choice: "0x" }),
    ),
    ...(beacon === undefined ? [] : [event(VIRTUAL, START + 2, "BeaconDrawn", { beacon })]),
    ...[0, 1].flatMap((round) => [
      event(VIRTUAL, START + 10 + round, "RoundStarted", { round, openedAt: START + 10 + round }),
      event(VIRTUAL, START + 20 + round, "RoundClosed", { round }),
    ]),
    ...finalized,
    event(MAIN, 1100, "TaskClosed", { status: rounds === 2 ? "Completed" : "Expired" }),
  ].reduce(foldTask, unheardTask(TASK, terms, MANAGER));
}

const of = (seen: TaskView, index: number) => {
  const place = { mainChainId: MAIN, subchain: 0, index, worker: worker(index) };
  const { acceptedRounds, countedRounds, missed } = roundsOf(seen, place, undefined);
  const history = workerHistories(seen)[index]!;
  // What the view tells of it is what the statement does.
  expect([history.acceptedRounds, history.countedRounds]).to.deep.equal([acceptedRounds, countedRounds]);
  return [acceptedRounds, countedRounds, missed.map(({ round }) => round)];
};

describe("a worker's rounds where workers are drawn for them", () => {
  it("are those that it was drawn for: it missed no other", () => {
    const seen = view(beaconFor([0, 1]), [1n, 2n]);
    expect(of(seen, 0)).to.deep.equal([1, 1, []]);
    expect(of(seen, 1)).to.deep.equal([1, 1, []]);
    const without = view(beaconFor([0, 1]), [1n, 0n]);
    expect(of(without, 1)).to.deep.equal([0, 1, [1]]);
  });

  it("are all for one that was drawn for none, taken as far as they are final", () => {
    const beacon = beaconFor([0, 0]);
    expect(of(view(beacon, [1n, 1n]), 2)).to.deep.equal([2, 2, []]);
    expect(of(view(beacon, [1n, 1n], 1), 2)).to.deep.equal([1, 2, [1]]);
  });

  it("are all, and none taken, where nobody drew the beacon", () => {
    const seen = view(undefined, [0n, 0n]);
    expect(of(seen, 0)).to.deep.equal([0, 2, [0, 1]]);
    const place = { mainChainId: MAIN, subchain: 0, index: 0, worker: worker(0) };
    expect(roundsOf(seen, place, undefined).missed[0]!.why).to.contain("nobody drew who takes part");
  });
});
