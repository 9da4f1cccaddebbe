import { expect } from "chai";

import type { ChainEvent } from "../../../chains/clients/ChainEvent.ts";
import { ToldEvents } from "../../../chains/clients/ToldEvents.ts";

describe("ToldEvents", () => {
  const event = (transaction: number, blockNumber = transaction): ChainEvent =>
    ({
      name: "RoundStarted",
      args: { task: 1n },
      address: "0x",
      blockNumber,
      logIndex: 0,
      transactionHash: `0x${transaction}`,
    }) as unknown as ChainEvent;

  it("does not tell again what was told and comes in another block, as often as it was told", () => {
    const told = new ToldEvents(100);
    for (const one of [event(1), event(2), event(2)]) expect(told.isNew(one)).to.equal(true);
    told.cutAfter(1);
    expect([event(1), event(2)].map((one) => told.isGone(one))).to.deep.equal([false, true]);
    expect([5, 6, 7].map((block) => told.isNew(event(2, block)))).to.deep.equal([false, false, true]);
  });

  it("remembers the latest, of those that were told and of those that are gone", () => {
    const told = new ToldEvents(10);
    for (let i = 0; i < 1000; i++) {
      told.isNew(event(i));
      expect(told.size).to.be.at.most(10);
    }
    told.cutAfter(-1);
    for (let i = 1000; i < 2000; i++) {
      told.isNew(event(i));
      if (i % 7 === 0) told.cutAfter(i - 3);
      expect(told.size).to.be.at.most(20);
    }
    told.cutAfter(-1);
    expect(told.isNew(event(1999))).to.equal(false);
    expect(told.isNew(event(3))).to.equal(true);
  });
});
