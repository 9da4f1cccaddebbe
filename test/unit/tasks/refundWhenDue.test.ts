import { expect } from "chai";
import { Interface } from "ethers";

import { RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { ContractRevert } from "../../../protocol/ContractRevert.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { refundNow, refundWhenDue } from "../../../tasks/refundWhenDue.ts";
import { rejected } from "../thrown.ts";

const reverted = (name: string, values: unknown[]) =>
  new ContractRevert(
    "TaskManager.refund",
    new Interface(contracts.TaskManager.abi).encodeErrorResult(name, values),
  );
const silent = () =>
  new BaseError("TRANSACTION_FAILED", "It could not be sent.", { cause: new RpcUnavailable("It is down.") });

describe("refundWhenDue", () => {
  /** Asks for a refund that fails with these errors, one after the other, then is made. */
  function refund(errors: Error[]) {
    const clock = new VirtualClock(1_000_000);
    const closing = new AbortController();
    const told: unknown[] = [];
    let asked = 0;
    const main = {
      client: { clock, closed: closing.signal },
      refund: async () => {
        asked++;
        const error = errors.shift();
        if (error !== undefined) throw error;
      },
    };
    const done = refundWhenDue(main as never, {} as never, 1n, (error) => told.push(error));
    return { done, clock, closing, told, asked: () => asked };
  }

  it("waits for the claims, and through silences of the main chain, which it tells of", async () => {
    const open = reverted("ClaimsOpen", [1, 5]);
    const { done, clock, told, asked } = refund([open, open, silent(), silent(), open]);
    await clock.until(done);
    expect(asked()).to.equal(6);
    expect(told).to.have.length(1);
  });

  it("is done when it was made by another, and gives up what is refused for good", async () => {
    const other = refund([reverted("AlreadyRefunded", [1])]);
    await other.clock.until(other.done);
    const wrong = refund([reverted("WrongStatus", [1, 1])]);
    expect((await wrong.clock.until(rejected(wrong.done))).code).to.equal("WrongStatus");
  });

  it("ends with its connection", async () => {
    const { done, clock, closing } = refund(Array.from({ length: 99 }, () => silent()));
    await clock.advance(2000);
    closing.abort();
    await clock.until(done);
    expect(clock.waiting).to.equal(0);
  });
});

describe("refundNow", () => {
  const refund = (error: Error) =>
    refundNow(
      {
        refund: async () => {
          throw error;
        },
        heldUntil: async () => 1_800_000_000,
      } as never,
      {} as never,
      7n,
    );

  it("says until when what is left is held, and that a task has not ended", async () => {
    const held = await rejected(refund(reverted("ClaimsOpen", [7, 1_800_000_000])));
    expect(held.code).to.equal("REFUND_NOT_DUE");
    expect(held.details).to.contain("until 2027-01-15T08:00:00");
    const open = await rejected(refund(reverted("WrongStatus", [7, 1])));
    expect(open.code).to.equal("REFUND_NOT_DUE");
    expect(open.details).to.equal("The task has not ended.");
  });

  it("is done when it was made by another, and fails when the chain does not answer", async () => {
    await refund(reverted("AlreadyRefunded", [7]));
    expect((await rejected(refund(silent()))).code).to.equal("TRANSACTION_FAILED");
  });
});
