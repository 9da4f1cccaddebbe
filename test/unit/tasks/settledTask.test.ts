import { expect } from "chai";

import { encodeChoice } from "../../../mechanisms/aoi-contract/encodings.ts";
import { settledTask } from "../../../tasks/settledTask.ts";
import { parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { foldTask } from "../../../tasks/view/foldTask.ts";
import { unheardTask } from "../../../tasks/view/TaskView.ts";
import { thrown } from "../thrown.ts";
import { smallSpec } from "./smallSpec.ts";
import { aoiWork, MANAGER, MECHANISM_TERMS, NETWORK, TASK, TERMS, until, worker } from "./view/taskStory.ts";

const at = (time: number) => until(time).reduce(foldTask, unheardTask(TASK, TERMS, MANAGER));

describe("settledTask", () => {
  it("tells what workers chose, did and were paid", () => {
    const spec = parseTaskSpec(smallSpec());
    expect(settledTask(at(2000), NETWORK, spec)).to.deep.equal({
      taskId: "3",
      status: "Completed",
      unsettled: [],
      terms: TERMS,
      mechanismTerms: MECHANISM_TERMS,
      reward: spec.reward,
      rounds: 2,
      escrow: { funded: 12_000n, paid: 2907n, refunded: 9093n },
      workers: [
        {
          worker: worker(1),
          chain: "virtual",
          choice: encodeChoice({ item: 1 }),
          work: aoiWork(1, 100, 5),
          refreshes: 2,
          claim: { acceptedRounds: 2, paid: 2007n },
        },
        {
          worker: worker(2),
          chain: "virtual",
          choice: encodeChoice({ item: 0 }),
          work: aoiWork(0, 80, 6),
          refreshes: 1,
          claim: { acceptedRounds: 1, paid: 400n },
        },
        {
          worker: worker(3),
          chain: "physical",
          choice: encodeChoice({ item: 0 }),
          work: aoiWork(0, 98, 9),
          refreshes: 1,
          claim: { acceptedRounds: 1, paid: 500n },
        },
      ],
    });
  });

  it("names what has not settled, and leaves its workers out", () => {
    const settled = settledTask(at(1101), NETWORK, undefined);
    expect(settled).to.deep.include({ unsettled: ["physical"], reward: undefined });
    expect(settled.workers.map(({ chain, claim }) => [chain, claim])).to.deep.equal([
      ["virtual", undefined],
      ["virtual", undefined],
    ]);
  });

  it("names a subchain by its number where the network file does not have it", () => {
    const settled = settledTask(at(2000), { subchains: [] }, undefined);
    expect(settled.workers.map(({ chain }) => chain)).to.deep.equal(["3", "3", "4"]);
  });

  it("says that nothing has settled yet, and what to wait for", () => {
    const error = thrown(() => settledTask(at(1100), NETWORK, undefined));
    expect(error).to.include({
      code: "NOT_SETTLED",
      shortMessage: "No subchain has settled task 3 yet.",
      details: "Its epoch lasts 100 s; afterwards the keeper settles it.",
    });
  });
});
