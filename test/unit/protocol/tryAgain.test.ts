import { expect } from "chai";
import { Interface } from "ethers";

import { isSilence } from "../../../chains/clients/isSilence.ts";
import { RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { ContractRevert } from "../../../protocol/ContractRevert.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { mayPass } from "../../../protocol/mayPass.ts";
import { tryAgain } from "../../../protocol/tryAgain.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { rejected } from "../thrown.ts";

const silence = () => new RpcUnavailable("It does not answer.");

describe("tryAgain", () => {
  let clock: VirtualClock;
  let stop: AbortController;
  let told: unknown[];
  let times: number[];

  beforeEach(() => {
    clock = new VirtualClock(1_000_000);
    stop = new AbortController();
    told = [];
    times = [];
  });

  /** Fails with each of the errors in turn, then returns. */
  const run = (errors: (() => unknown)[], until?: () => number) =>
    tryAgain(
      async () => {
        times.push(clock.now() - 1_000_000);
        const error = errors.shift();
        if (error !== undefined) throw error();
        return "done";
      },
      { signal: stop.signal, ...(until === undefined ? {} : { until }) },
      { clock, onFailure: (error) => told.push(error) },
    );

  it("does the work again, ever less often, while a chain is silent, and tells so once", async () => {
    expect(await clock.until(run([silence, silence, silence]))).to.equal("done");
    expect(times).to.deep.equal([0, 250, 750, 1750]);
    expect(told).to.have.length(1);
  });

  it("takes for silence also what another error was caused by", async () => {
    const failed = () => new BaseError("TRANSACTION_FAILED", "It could not be sent.", { cause: silence() });
    expect(isSilence(failed())).to.equal(true);
    expect(await clock.until(run([failed]))).to.equal("done");
  });

  it("passes on any other error", async () => {
    const other = new BaseError("NO_SUCH_CONTRACT", "It is none.");
    expect(await clock.until(rejected(run([silence, () => other])))).to.equal(other);
    expect(isSilence("a text")).to.equal(false);
  });

  it("does the work again after errors that pass, as it is told, and after no others", async () => {
    const errors = [
      new BaseError("RATE_LIMITED", "Too many."),
      new BaseError("NO_SUCH_CONTRACT", "It is none."),
    ];
    const work = async () => {
      const [error] = errors.splice(0, 1);
      throw error;
    };
    const isPassing = (error: unknown) => error instanceof BaseError && error.code === "RATE_LIMITED";
    const modules = { clock, onFailure: (error: unknown) => told.push(error) };
    const done = rejected(tryAgain(work, { signal: stop.signal, isPassing }, modules));
    expect((await clock.until(done)).code).to.equal("NO_SUCH_CONTRACT");
    expect(told).to.have.length(1);
  });

  it("tells each code once, whatever comes in turn", async () => {
    const lost = () => new BaseError("TRANSACTION_LOST", "It is lost.", { retryable: true });
    expect(await clock.until(run([silence, lost, silence, lost]))).to.equal("done");
    expect(told.map((error) => (error as BaseError).code)).to.deep.equal([
      "RPC_UNAVAILABLE",
      "TRANSACTION_LOST",
    ]);
  });

  it("tries a last time when its time is over, and then throws what failed", async () => {
    const lost = () => new BaseError("TRANSACTION_LOST", "It is lost.", { retryable: true });
    const failed = rejected(
      run(
        Array.from({ length: 99 }, () => lost),
        () => 1_000_000 + 2000,
      ),
    );
    expect((await clock.until(failed)).code).to.equal("TRANSACTION_LOST");
    expect(times).to.deep.equal([0, 250, 750, 1750, 2000]);
  });

  it("asks again until when it has time, as a round's is not known at first", async () => {
    let until = Number.POSITIVE_INFINITY;
    const late = run(
      Array.from({ length: 99 }, () => silence),
      () => until,
    );
    late.catch(() => undefined);
    await clock.advance(1000);
    until = 1_001_200;
    expect((await clock.until(rejected(late))).code).to.equal("RPC_UNAVAILABLE");
    // The pause that was begun is not cut short.
    expect(times).to.deep.equal([0, 250, 750, 1750]);
  });

  it("ends when it is told to", async () => {
    const ended = run(Array.from({ length: 9 }, () => silence));
    await clock.advance(300);
    stop.abort();
    expect(await clock.until(ended)).to.equal(undefined);
    expect(times).to.have.length(2);
    expect(clock.waiting).to.equal(0);
  });
});

describe("mayPass", () => {
  const reverted = (contract: keyof typeof contracts, name: string, values: unknown[]) =>
    new ContractRevert(
      `${contract}.call`,
      new Interface(contracts[contract].abi).encodeErrorResult(name, values),
      silence(),
    );

  it("takes for passing what says of itself that it can be tried again, and what that caused", () => {
    const passing = [
      silence(),
      new BaseError("STORAGE_UNREACHABLE", "It does not work.", { retryable: true }),
      new BaseError("TRANSACTION_FAILED", "It was not sent.", {
        cause: new Error("why", { cause: silence() }),
      }),
      reverted("LearningSubchain", "RoundStillOpen", [1, 0, 5]),
      reverted("TaskManager", "ClaimsOpen", [1, 5]),
    ];
    for (const error of passing) expect(mayPass(error), String(error)).to.equal(true);
  });

  it("takes for final what a contract refuses for good, whatever caused the answer, and what is no error of ours", () => {
    const final = [
      reverted("TaskManager", "AlreadyClaimed", [1, 2, 3]),
      reverted("TaskManager", "AlreadyRefunded", [1]),
      reverted("LearningSubchain", "TaskNotOpen", [1]),
      new BaseError("TASK_SPEC_INVALID", "It is none."),
      new TypeError("a fault"),
      "a text",
    ];
    for (const error of final) expect(mayPass(error), String(error)).to.equal(false);
  });
});
