import { expect } from "chai";

import { isSilence, onceItAnswers } from "../../../chains/clients/onceItAnswers.ts";
import { RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { rejected } from "../thrown.ts";

const silence = () => new RpcUnavailable("It does not answer.");

describe("onceItAnswers", () => {
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
  const run = (errors: (() => unknown)[]) =>
    onceItAnswers(
      async () => {
        times.push(clock.now() - 1_000_000);
        const error = errors.shift();
        if (error !== undefined) throw error();
        return "done";
      },
      { signal: stop.signal },
      { clock, onSilence: (error) => told.push(error) },
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
    const modules = { clock, onSilence: (error: unknown) => told.push(error) };
    const done = rejected(onceItAnswers(work, { signal: stop.signal, isPassing }, modules));
    expect((await clock.until(done)).code).to.equal("NO_SUCH_CONTRACT");
    expect(told).to.have.length(1);
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
