import { expect } from "chai";
import { Interface } from "ethers";

import type { PreparedCall } from "../../../chains/clients/ChainAccount.ts";
import { RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { ContractRevert } from "../../../protocol/ContractRevert.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { sendFresh } from "../../../workers/sendFresh.ts";
import { rejected } from "../thrown.ts";

describe("sendFresh", () => {
  const { signal } = new AbortController();
  /** When the next refresh is due. */
  const UNTIL = 1_010_000;
  /** When the epoch is over. */
  const OVER = 1_060_000;
  let clock: VirtualClock;
  let told: unknown[];
  let sentAt: number[];

  beforeEach(() => {
    clock = new VirtualClock(1_000_000);
    told = [];
    sentAt = [];
  });

  const fresh = (first: Promise<PreparedCall>, prepare: () => Promise<PreparedCall>) =>
    clock.until(
      sendFresh(
        first,
        prepare,
        { until: UNTIL, over: OVER, signal },
        { clock, onFailure: (error) => told.push(error) },
      ),
    );
  const reverted = (name: "StaleAnchor" | "TaskNotOpen") => {
    const values = name === "StaleAnchor" ? [5, `0x${"ab".repeat(32)}`] : [1];
    const data = new Interface(contracts.LearningSubchain.abi).encodeErrorResult(name, values);
    return new ContractRevert("LearningSubchain.refresh", data, undefined);
  };
  const silent = new BaseError("TRANSACTION_FAILED", "It could not be sent.", {
    cause: new RpcUnavailable("It is down."),
  });

  /** Prepared calls that fail one after the other, then one that succeeds. */
  function calls(...failures: Error[]) {
    let prepared = 0;
    let sent = 0;
    const prepare = async (): Promise<PreparedCall> => {
      const failure = failures[prepared++];
      return async () => {
        sent++;
        sentAt.push(clock.now() - 1_000_000);
        if (failure !== undefined) throw failure;
        return undefined as never;
      };
    };
    return { prepare, counts: () => ({ prepared, sent }) };
  }

  it("sends what is prepared, once", async () => {
    const { prepare, counts } = calls();
    await fresh(prepare(), prepare);
    expect(counts()).to.deep.equal({ prepared: 1, sent: 1 });
  });

  it("prepares it again at once when its block is too old by now, and after a pause when it is again", async () => {
    const { prepare, counts } = calls(...new Array<Error>(12).fill(reverted("StaleAnchor")));
    await fresh(prepare(), prepare);
    expect(counts()).to.deep.equal({ prepared: 13, sent: 13 });
    expect(sentAt.slice(0, 5)).to.deep.equal([0, 0, 250, 250, 750]);
  });

  it("waits through a silence of six seconds, in which nothing can be prepared either", async () => {
    const { prepare, counts } = calls();
    const silentUntil = clock.now() + 6000;
    const answering = async () => {
      if (clock.now() < silentUntil) throw new RpcUnavailable("It is down.");
      return prepare();
    };
    const first = Promise.reject<PreparedCall>(silent);
    await fresh(first, answering);
    expect(counts()).to.deep.equal({ prepared: 1, sent: 1 });
    expect(told).to.have.length(2);
  });

  it("waits for a block until the epoch is over: the next would have to wait for it too", async () => {
    const given: unknown[] = [];
    const prepare = async (): Promise<PreparedCall> => async (options) => {
      given.push(options);
      return undefined as never;
    };
    await fresh(prepare(), prepare);
    await clock.advance(15_000);
    await fresh(prepare(), prepare);
    expect(given).to.deep.equal([
      { signal, within: 60_000 },
      { signal, within: 45_000 },
    ]);
  });

  it("ends when the next is due, and does not repeat what is refused", async () => {
    const again = calls(...new Array<Error>(99).fill(reverted("StaleAnchor")));
    expect((await rejected(fresh(again.prepare(), again.prepare))).code).to.equal("StaleAnchor");
    expect(sentAt.at(-1)).to.equal(10_000);
    const refused = calls(reverted("TaskNotOpen"));
    expect((await rejected(fresh(refused.prepare(), refused.prepare))).code).to.equal("TaskNotOpen");
    expect(refused.counts()).to.deep.equal({ prepared: 1, sent: 1 });
  });
});
