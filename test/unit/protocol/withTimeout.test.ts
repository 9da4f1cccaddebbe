import { expect } from "chai";

import { withTimeout } from "../../../protocol/withTimeout.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";

describe("withTimeout", () => {
  let clock: VirtualClock;
  beforeEach(() => {
    clock = new VirtualClock(0);
  });

  /** Settles with why its signal aborted. */
  const untilAborted = (signal: AbortSignal): Promise<unknown> =>
    signal.aborted
      ? Promise.resolve(signal.reason)
      : new Promise((resolve) => signal.addEventListener("abort", () => resolve(signal.reason)));

  it("aborts when the time is over", async () => {
    const reason = await clock.until(withTimeout({ clock, milliseconds: 50 }, untilAborted));
    expect(reason).to.include({ name: "TimeoutError", message: "No end within 0.05 s." });
    expect(clock.now()).to.equal(50);
  });

  it("aborts when another signal does, also when that has before", async () => {
    const stop = new AbortController();
    clock.in(10, () => stop.abort("stopped"));
    const options = { clock, milliseconds: 50, signal: stop.signal };
    expect(await clock.until(withTimeout(options, untilAborted))).to.equal("stopped");
    expect(clock.now()).to.equal(10);
    expect(await withTimeout(options, untilAborted)).to.equal("stopped");
  });

  it("gives what the work gives, and leaves no timer", async () => {
    expect(await withTimeout({ clock, milliseconds: 50 }, async () => 7)).to.equal(7);
    expect(clock.waiting).to.equal(0);
    const failing = withTimeout({ clock, milliseconds: 50 }, async () => {
      throw new RangeError("no");
    });
    expect(await failing.catch((error: unknown) => error)).to.be.instanceOf(RangeError);
    expect(clock.waiting).to.equal(0);
  });
});
