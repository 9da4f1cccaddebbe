import { expect } from "chai";

import { mechanismId } from "../../../../mechanisms/mechanismId.ts";
import { encodeTerms } from "../../../../mechanisms/model-trading/encodings.ts";
import { absence } from "../../../../tasks/statement/absence.ts";
import { foldTask } from "../../../../tasks/view/foldTask.ts";
import type { TaskEvent } from "../../../../tasks/view/TaskEvent.ts";
import { unheardTask } from "../../../../tasks/view/TaskView.ts";
import {
  event,
  MAIN,
  MANAGER,
  NETWORK,
  PHYSICAL,
  START,
  TASK,
  TERMS,
  VIRTUAL,
  worker,
} from "../view/taskStory.ts";

const WHO = worker(77);
const EVERYWHERE = new Set([VIRTUAL, PHYSICAL]);
const why = (
  events: readonly TaskEvent[],
  { terms = TERMS, registeredOn = EVERYWHERE }: { terms?: typeof TERMS; registeredOn?: Set<bigint> } = {},
) => {
  const view = events.reduce(foldTask, unheardTask(TASK, terms, MANAGER));
  const told = absence(view, WHO, { network: NETWORK, registeredOn });
  expect(told).to.include({ taskId: String(TASK), worker: WHO });
  return told.why;
};
const arrived = (at = 910) => [event(VIRTUAL, at, "TaskArrived"), event(PHYSICAL, at, "TaskArrived")];

describe("absence", () => {
  it("tells of each subchain on which it could not enrol, by its name", () => {
    expect(why(arrived(), { registeredOn: new Set([PHYSICAL]) })[0]).to.match(
      /On virtual it is not registered/,
    );
    expect(why([])).to.deep.equal([
      "The task never arrived on virtual.",
      "The task never arrived on physical.",
    ]);
    expect(why(arrived(START))[0]).to.match(/arrived on virtual when its time to enrol was over/);
  });

  it("tells where all places were taken, and where one was left", () => {
    const enrolled = [1, 2].map((n, index) =>
      event(VIRTUAL, 920, "WorkerEnrolled", { worker: worker(n), index, choice: "0x" }),
    );
    const [virtual, physical] = why([...arrived(), ...enrolled]);
    expect(virtual).to.match(/All 2 places on virtual were taken/);
    expect(physical).to.match(/could have enrolled on physical/);
  });

  it("tells of a task that was refused", () => {
    const refused = [event(MAIN, 905, "TaskClosed", { status: "Rejected", rounds: 0 })];
    expect(why(refused)[0]).to.match(/relay chain refused the task/);
  });

  it("tells whom a mechanism's terms leave out, and asks none that is not known", () => {
    const prices = {
      ...{ periodMs: 1000, scale: 1n, dataWeight: 1n, leastTheta: 1, mostOmega: 1, startSlackMs: 0 },
      ...{ cap: 1n, bond: 0n, cosigner: WHO, offers: [{ worker: worker(1), price: 1n }] },
    };
    const published = [
      event(MAIN, 900, "TaskPublished", { mechanismTerms: encodeTerms(prices) }),
      ...arrived(),
    ];
    const terms = { ...TERMS, mechanism: mechanismId("model-trading") };
    expect(why(published, { terms }).at(-1)).to.contain("offers it no price");
    const meant = encodeTerms({ ...prices, offers: [{ worker: WHO, price: 1n }] });
    const offered = [event(MAIN, 900, "TaskPublished", { mechanismTerms: meant }), ...arrived()];
    expect(why(offered, { terms }).join()).to.not.contain("no price");
    expect(why(published, { terms: { ...TERMS, mechanism: "0x00000000" } })).to.have.length(2);
  });

  it("names a subchain by its number where the network file does not have it", () => {
    const view = unheardTask(TASK, TERMS, MANAGER);
    const network = { subchains: [] };
    expect(absence(view, WHO, { network, registeredOn: EVERYWHERE }).why[0]).to.contain(`on ${VIRTUAL}.`);
  });
});
