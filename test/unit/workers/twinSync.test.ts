import { expect } from "chai";

import type { EventFilter } from "../../../chains/clients/EventHistory.ts";
import { fits } from "../../../chains/clients/EventHistory.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { TwinSync } from "../../../workers/TwinSync.ts";

const TWIN = "0x1234";
const ARRIVED = { name: "TaskArrived", args: { task: 1n, startTime: 1100, epochSeconds: 50 } };

describe("a device whose twin does not enrol", () => {
  it("is done with the task when its epoch has ended", async () => {
    const clock = new VirtualClock(1_000_000);
    const follower = {
      first: async (filter: EventFilter, signal: AbortSignal) => {
        if (fits(filter, ARRIVED as never)) return ARRIVED;
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        throw new BaseError("ABORTED", "Stopped waiting.");
      },
    };
    const subchain = { client: { name: "virtual" } };
    const sync = new TwinSync(
      { twin: TWIN } as unknown as ConstructorParameters<typeof TwinSync>[0],
      { follower, clock, subchain } as unknown as ConstructorParameters<typeof TwinSync>[1],
    );
    let ended = false;
    const run = sync.run(1n, "0xabcd", new AbortController().signal).then(() => {
      ended = true;
    });
    await clock.advance(149_000);
    expect(ended).to.equal(false);
    await clock.advance(2000);
    await run;
    expect(clock.waiting).to.equal(0);
  });
});
