import { expect } from "chai";

import { type CutChain, consistentCut } from "../../../audit/evidence/consistentCut.ts";
import type { ChainEvent } from "../../../chains/clients/ChainEvent.ts";

/** A chain of messages sent (id → block) and delivered ([origin, id, block]). */
function chain(
  chainId: bigint,
  head: number,
  sent: Record<string, number>,
  delivered: [bigint, string, number][] = [],
): CutChain {
  const events = delivered.map(([originChainId, messageId, blockNumber]) => ({
    name: "MessageDelivered",
    args: { originChainId, messageId },
    blockNumber,
  }));
  return {
    chainId,
    head,
    events: events as unknown as ChainEvent[],
    outbox: { sentAt: new Map(Object.entries(sent)) } as unknown as CutChain["outbox"],
  };
}

describe("audit: consistent cut", () => {
  it("stays where everything delivered was sent", () => {
    const cut = consistentCut([chain(1n, 9, { a: 9 }), chain(2n, 5, {}, [[1n, "a", 5]])]);
    expect([...cut]).to.deep.equal([
      [1n, 9],
      [2n, 5],
    ]);
  });

  it("goes back before a delivery whose sending is not seen yet", () => {
    const cut = consistentCut([chain(1n, 8, { a: 9 }), chain(2n, 7, {}, [[1n, "a", 5]])]);
    expect(cut.get(2n)).to.equal(4);
  });

  it("goes back along a chain of causes", () => {
    const cut = consistentCut([
      chain(1n, 8, { a: 9 }, [[2n, "b", 7]]),
      chain(2n, 7, { b: 6 }, [[1n, "a", 5]]),
      chain(3n, 4, {}, [[2n, "b", 3]]),
    ]);
    expect([...cut.values()]).to.deep.equal([6, 4, 2]);
  });

  it("does not hide a delivery of what was never sent", () => {
    const cut = consistentCut([chain(1n, 8, {}), chain(2n, 7, {}, [[1n, "forged", 5]])]);
    expect(cut.get(2n)).to.equal(7);
  });

  it("knows nothing of chains that could not be read", () => {
    expect(consistentCut([chain(2n, 7, {}, [[1n, "a", 5]])]).get(2n)).to.equal(7);
  });
});
