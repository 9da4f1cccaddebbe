import { expect } from "chai";

import type { EventNamed } from "../../../chains/clients/ChainEvent.ts";
import { firstBatches } from "../../../tasks/firstBatches.ts";

type Seen = EventNamed<"TwinSynchronized" | "UpdateCommitted">;
const synchronized = (twin: string, dataDigest: string) =>
  ({ name: "TwinSynchronized", args: { twin, dataDigest } }) as Seen;
const committed = (worker: string) => ({ name: "UpdateCommitted", args: { worker } }) as Seen;

describe("firstBatches", () => {
  it("has of each worker what was synchronized to it first", () => {
    const found = firstBatches([
      synchronized("a", "0x01"),
      synchronized("b", "0x02"),
      synchronized("a", "0x03"),
      committed("a"),
      synchronized("a", "0x04"),
      committed("b"),
    ]);
    expect([...found]).to.deep.equal([
      ["a", "0x01"],
      ["b", "0x02"],
    ]);
  });

  it("has nothing of one that committed before, whatever it synchronizes then", () => {
    const events = [committed("a"), synchronized("a", "0x01"), committed("a"), synchronized("b", "0x02")];
    expect([...firstBatches(events)]).to.deep.equal([["b", "0x02"]]);
  });

  it("comes to the same where only the first of each is there", () => {
    const all = [synchronized("a", "0x01"), synchronized("a", "0x02"), committed("a"), committed("a")];
    expect(firstBatches([all[0]!, all[2]!])).to.deep.equal(firstBatches(all));
  });
});
