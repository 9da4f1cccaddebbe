import { expect } from "chai";

import { Slots } from "../../../aggregators/Slots.ts";
import { rejected } from "../thrown.ts";

describe("Slots", () => {
  it("does so much at a time, has so much more wait, and turns the rest away", async () => {
    const slots = new Slots({ atATime: 2, waiting: 3 });
    const ends: (() => void)[] = [];
    const run = () => slots.run(() => new Promise<void>((resolve) => ends.push(resolve)));
    const all = Array.from({ length: 5 }, run);
    expect((await rejected(run())).code).to.equal("RECEIPTS_BUSY");
    for (let done = 0; done < 5; done++) {
      await new Promise(setImmediate);
      expect(ends.length).to.equal(Math.min(5, 2 + done));
      ends[done]!();
    }
    await Promise.all(all);
    // All slots are free again.
    const again = [run(), run()];
    expect(ends).to.have.length(7);
    for (const end of ends) end();
    await Promise.all(again);
  });

  it("frees the slot of work that fails", async () => {
    const slots = new Slots({ atATime: 1, waiting: 0 });
    expect(
      await slots.run(() => Promise.reject(new Error("no"))).catch((error: Error) => error.message),
    ).to.equal("no");
    expect(await slots.run(async () => 7)).to.equal(7);
  });
});
