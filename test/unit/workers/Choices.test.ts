import { expect } from "chai";

import type { MechanismWorker } from "../../../mechanisms/MechanismWorker.ts";
import { Choices } from "../../../workers/Choices.ts";
import type { TaskOffer } from "../../../workers/openOffers.ts";

/** Takes one offer and no second. */
const worker: Pick<MechanismWorker, "choose"> = {
  choose: (offers) => {
    const busy = offers.some(({ taken }) => taken !== undefined);
    return offers.map(({ taken }, i) => {
      if (taken !== undefined) return { choice: taken };
      return busy || i > 0 ? { abstain: "it is busy" } : { choice: "0x01" };
    });
  },
};
const costs = { refresh: 1n };
const offer = (task: bigint, taken?: string) => ({ task, taken }) as TaskOffer;

describe("Choices", () => {
  it("shows a decision the others that are made at the same time", async () => {
    const choices = new Choices();
    // Both looked for offers before either was decided.
    const decisions = await Promise.all([
      choices.decide(offer(1n), Promise.resolve([offer(2n)]), { worker, costs }),
      choices.decide(offer(2n), Promise.resolve([offer(1n)]), { worker, costs }),
    ]);
    expect(decisions).to.deep.equal([{ choice: "0x01" }, { abstain: "it is busy" }]);
    const later = await choices.decide(offer(3n), Promise.resolve([offer(1n)]), { worker, costs });
    expect(later).to.deep.equal({ abstain: "it is busy" });
  });

  it("shows no decision that was taken back, or that is another worker's", async () => {
    const choices = new Choices();
    const decide = (by = choices) => by.decide(offer(2n), Promise.resolve([offer(1n)]), { worker, costs });
    await choices.decide(offer(1n), Promise.resolve([]), { worker, costs });
    expect(await decide(new Choices())).to.deep.equal({ choice: "0x01" });
    expect(await decide()).to.deep.equal({ abstain: "it is busy" });
    choices.withdraw(1n);
    expect(await decide()).to.deep.equal({ choice: "0x01" });
  });

  it("goes by the chain for what was chosen before it began", async () => {
    const taken = Promise.resolve([offer(1n, "0x07")]);
    expect(await new Choices().decide(offer(2n), taken, { worker, costs })).to.deep.equal({
      abstain: "it is busy",
    });
  });
});
