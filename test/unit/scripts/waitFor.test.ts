import { expect } from "chai";

import type { Clock } from "../../../protocol/Clock.ts";
import { othersThan, waitFor } from "../../../scripts/commands/demo/waitFor.ts";
import { rejected } from "../thrown.ts";

describe("what a demo waits for", () => {
  let now = 0;
  const clock: Clock = {
    now: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
  };
  const nothing = { clock, failure: () => undefined };
  beforeEach(() => {
    now = 1_800_000_000_000;
  });

  it("comes, or is told of when its time is over", async () => {
    const start = now;
    await waitFor({ isSo: () => now > start + 3000, deadline: start + 5000, missing: () => "it" }, nothing);
    expect(now).within(start + 3000, start + 3400);
    const ready = new Set(["edge 1"]);
    const awaited = {
      ...{ isSo: () => false, deadline: now + 5000 },
      missing: () => `${othersThan(["edge 1", "vehicle 3"], ready)} did not come up`,
    };
    const before = now;
    const error = await rejected(waitFor(awaited, nothing));
    expect([error.code, error.message]).satisfies(
      ([code, message]: string[]) => code === "DEMO_STUCK" && message!.includes("vehicle 3 did not come up"),
    );
    expect(error.message).not.contain("edge 1");
    expect(now).within(before + 5000, before + 5400);
  });

  it("is not waited for any more when something has gone wrong", async () => {
    const wrong = new Error("a party ended");
    const awaited = { isSo: () => false, deadline: now + 5000, missing: () => "it" };
    const start = now;
    const error = await waitFor(awaited, { clock, failure: () => wrong }).catch((cause: unknown) => cause);
    expect(error).equal(wrong);
    expect(now).equal(start);
  });

  it("is named, the first five of many", () => {
    const names = Array.from({ length: 9 }, (_, i) => `vehicle ${i + 1}`);
    expect(othersThan(names, new Set(["vehicle 2"]))).equal(
      "vehicle 1, vehicle 3, vehicle 4, vehicle 5, vehicle 6 and 3 more",
    );
  });
});
