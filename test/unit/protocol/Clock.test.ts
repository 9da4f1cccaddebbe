import { expect } from "chai";

import { systemClock } from "../../../protocol/Clock.ts";

describe("systemClock", () => {
  it("sleeps until the time is over", async () => {
    const began = performance.now();
    await systemClock.sleep(20);
    expect(performance.now() - began).to.be.at.least(19);
  });

  it("wakes when the signal aborts, or has before", async () => {
    const stop = new AbortController();
    const slept = systemClock.sleep(3_600_000, stop.signal);
    stop.abort();
    await slept;
    await systemClock.sleep(3_600_000, stop.signal);
  });

  it("sleeps longer than a timer can", async () => {
    const stop = new AbortController();
    const months = systemClock.sleep(100 * 86_400_000, stop.signal).then(() => "woken");
    expect(await Promise.race([months, systemClock.sleep(20).then(() => "asleep")])).to.equal("asleep");
    stop.abort();
    expect(await months).to.equal("woken");
  });
});
