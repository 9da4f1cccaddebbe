import { expect } from "chai";

import { enrolledWorkers } from "../../../audit/evidence/enrolledWorkers.ts";
import { NotExamined } from "../../../audit/NotExamined.ts";
import { encodeChoice } from "../../../mechanisms/aoi-contract/encodings.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { rejected } from "../thrown.ts";
import { type HonestTask, honestTask, TASK } from "./honestTask.ts";

/** Shows evidence in the calldata of a reveal, or takes the call out of them. */
function show({ physical }: HonestTask, place: number, evidence: string | undefined): void {
  const reveal = physical.all("UpdateRevealed")[place]!;
  const { LearningSubchain } = contracts;
  const seen = physical.transactions.get(reveal.transactionHash)!;
  if (evidence === undefined) {
    seen.data = "0x";
    return;
  }
  const { opening } = LearningSubchain.decodeArguments("reveal", `0x${seen.data.slice(10)}`);
  seen.data = LearningSubchain.encodeCall("reveal", [TASK, 0, opening, evidence, "0x"]);
}

/** Says whether the task's meter is told of reveals. */
function hear({ physical }: HonestTask, hearsReveals: boolean): void {
  physical.answers.set("LearningSubchain.taskOf", () => ({ hears: hearsReveals ? 3 : 1 }));
}

describe("audit: who enrolled, and what happened", () => {
  it("is told with refreshes, reveals and what the meter was shown with them", async () => {
    const task = await honestTask();
    const { physical, workers, updates } = task;
    hear(task, true);
    show(task, 1, "0x0102");
    const [first, second] = await enrolledWorkers(physical, TASK);
    const reveal = (place: number, evidence: string) => {
      const { round, update, samples } = updates[place]!;
      return { round, update, samples, time: 1108, evidence };
    };
    expect(first).to.deep.include({
      worker: workers[0],
      index: 0,
      choice: encodeChoice({ item: 0 }),
      refreshes: [1100],
      reveals: [reveal(0, "0x")],
    });
    expect(second!.refreshes).to.deep.equal([1100, 1125, 1145]);
    expect(second!.reveals).to.deep.equal([reveal(1, "0x0102")]);
  });

  it("needs no calldata where the meter is told of no reveals", async () => {
    const task = await honestTask();
    show(task, 1, undefined);
    hear(task, false);
    expect((await enrolledWorkers(task.physical, TASK))[1]!.reveals[0]!.evidence).to.equal("0x");
    hear(task, true);
    const failure = await rejected(enrolledWorkers(task.physical, TASK));
    expect(failure).to.be.instanceOf(NotExamined);
    expect(failure.message).to.match(
      /^The reveal of worker 0x\w+ of physical in round 1 by transaction 0x\w+ was made by a contract/,
    );
  });

  it("ends with an event, and reveals with the worker's record", async () => {
    const { physical } = await honestTask();
    const counts = async (until?: Parameters<typeof enrolledWorkers>[2]) =>
      (await enrolledWorkers(physical, TASK, until)).map(({ refreshes, reveals }) => [
        refreshes.length,
        reveals.length,
      ]);
    const [early, late] = physical.all("UpdateRevealed");
    expect(await counts(early)).to.deep.equal([
      [1, 0],
      [1, 0],
    ]);
    expect(await counts(late)).to.deep.equal([
      [1, 1],
      [1, 0],
    ]);
    const [, , third] = physical.all("DataRefreshed");
    expect(await counts(third)).to.deep.equal([
      [1, 1],
      [1, 1],
    ]);
    // A round may go on after the epoch; the meter has answered by then.
    const [record] = physical.all("WorkRecorded");
    Object.assign(early!, { blockNumber: record!.blockNumber, logIndex: record!.logIndex + 1 });
    expect(await counts()).to.deep.equal([
      [1, 0],
      [3, 1],
    ]);
  });
});
