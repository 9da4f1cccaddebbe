import { expect } from "chai";
import { Interface } from "ethers";

import type { PreparedCall } from "../../../chains/clients/ChainAccount.ts";
import { RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { ContractRevert } from "../../../protocol/ContractRevert.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { sendFresh } from "../../../workers/sendFresh.ts";
import { rejected } from "../thrown.ts";

describe("sendFresh", () => {
  const { signal } = new AbortController();
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
        if (failure !== undefined) throw failure;
        return undefined as never;
      };
    };
    return { prepare, counts: () => ({ prepared, sent }) };
  }

  it("sends what is prepared, once", async () => {
    const { prepare, counts } = calls();
    await sendFresh(prepare(), prepare, signal);
    expect(counts()).to.deep.equal({ prepared: 1, sent: 1 });
  });

  it("prepares it again when its block is too old by now, or the chain was silent", async () => {
    const { prepare, counts } = calls(reverted("StaleAnchor"), silent, reverted("StaleAnchor"));
    await sendFresh(prepare(), prepare, signal);
    expect(counts()).to.deep.equal({ prepared: 4, sent: 4 });
  });

  it("prepares it again when that had failed", async () => {
    const { prepare, counts } = calls();
    await sendFresh(Promise.reject(silent), prepare, signal);
    expect(counts()).to.deep.equal({ prepared: 1, sent: 1 });
  });

  it("has an end, and does not repeat what is refused", async () => {
    const again = calls(...new Array<Error>(9).fill(reverted("StaleAnchor")));
    expect((await rejected(sendFresh(again.prepare(), again.prepare, signal))).code).to.equal("StaleAnchor");
    expect(again.counts()).to.deep.equal({ prepared: 5, sent: 5 });
    const refused = calls(reverted("TaskNotOpen"));
    expect((await rejected(sendFresh(refused.prepare(), refused.prepare, signal))).code).to.equal(
      "TaskNotOpen",
    );
    expect(refused.counts()).to.deep.equal({ prepared: 1, sent: 1 });
  });
});
