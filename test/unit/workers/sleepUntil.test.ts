import { expect } from "chai";

import { sleepUntil } from "../../../workers/sleepUntil.ts";

describe("sleepUntil", () => {
  it("is over at once when the time has come", async () => {
    const { signal } = new AbortController();
    expect(await sleepUntil(1000, () => 1000, signal)).to.equal(true);
  });

  it("never ends before its time by the clock that it was given", async () => {
    const { signal } = new AbortController();
    // A clock that goes at half speed.
    const began = performance.now();
    const clock = () => (performance.now() - began) / 2;
    expect(await sleepUntil(20, clock, signal)).to.equal(true);
    expect(clock()).to.be.at.least(20);
  });

  it("ends early, and says so, when it is aborted", async () => {
    const controller = new AbortController();
    const sleeping = sleepUntil(Date.now() + 1e12, Date.now, controller.signal);
    controller.abort();
    expect(await sleeping).to.equal(false);
    expect(await sleepUntil(0, Date.now, controller.signal)).to.equal(false);
  });
});
