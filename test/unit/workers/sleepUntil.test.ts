import { expect } from "chai";

import { systemClock } from "../../../protocol/Clock.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { sleepUntil } from "../../../workers/sleepUntil.ts";

describe("sleepUntil", () => {
  it("is over at once when the time has come", async () => {
    const { signal } = new AbortController();
    const clock = new VirtualClock(1000);
    expect(await sleepUntil(1000, clock, signal)).to.equal(true);
    expect(clock.waiting).to.equal(0);
  });

  it("never ends before its time by the clock that it was given", async () => {
    const { signal } = new AbortController();
    // A clock that goes at half speed.
    const began = performance.now();
    const clock = { ...systemClock, now: () => (performance.now() - began) / 2 };
    expect(await sleepUntil(20, clock, signal)).to.equal(true);
    expect(clock.now()).to.be.at.least(20);
  });

  it("ends early, and says so, when it is aborted", async () => {
    const controller = new AbortController();
    const clock = new VirtualClock(1000);
    const sleeping = sleepUntil(1e12, clock, controller.signal);
    controller.abort();
    expect(await sleeping).to.equal(false);
    expect(await sleepUntil(0, clock, controller.signal)).to.equal(false);
  });
});
