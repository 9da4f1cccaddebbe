import { expect } from "chai";
import type { TaskView } from "../../../tasks/view/TaskView.ts";
import { taskOutcome } from "../../../tasks/view/taskOutcome.ts";

const RESULT = { finalizedAt: 1, globalModel: "0x", score: 0.9 };

/** A view as far as the outcome looks at it: rounds with so many updates taken, and workers enrolled. */
function viewOf(status: TaskView["status"], taken: readonly bigint[], enrolled = 2): TaskView {
  const rounds = taken.map((word) => ({ result: { ...RESULT, accepted: [[word]] } }));
  const subchains = [{ workers: new Array(enrolled).fill({}) }];
  return { status, rounds, subchains, terms: { rounds: 3 }, refusal: undefined } as unknown as TaskView;
}

describe("taskOutcome", () => {
  it("knows none of an open task", () => {
    expect(taskOutcome(viewOf("Open", [1n]))).to.equal(undefined);
  });

  it("takes for success only what learned something", () => {
    expect(taskOutcome(viewOf("Completed", [3n, 0n, 1n]))).to.deep.equal({
      ok: true,
      text: "training ended after 3 rounds",
    });
    const nothing = taskOutcome(viewOf("Completed", [0n, 0n, 0n]));
    expect(nothing).to.include({
      ok: false,
      text: "nothing was learned: of 2 enrolled workers no update was accepted in 3 rounds",
    });
    expect(taskOutcome(viewOf("Completed", [0n], 0))!.text).to.contain("no worker enrolled in 1 round");
  });

  it("says how far a task came that expired or was refused, and what to do", () => {
    const expired = taskOutcome(viewOf("Expired", []))!;
    expect(expired.ok).to.equal(false);
    expect(expired.text).to.equal(
      "the task expired at its deadline, with 0 of 3 rounds (of 2 enrolled workers no update was accepted)",
    );
    expect(expired.next).to.contain("deadlineSeconds");
    expect(taskOutcome(viewOf("Expired", [1n]))!.text).to.equal(
      "the task expired at its deadline, with 1 of 3 rounds",
    );
    expect(taskOutcome(viewOf("Rejected", []))).to.include({
      ok: false,
      text: "the relay chain refused the task",
    });
  });
});
