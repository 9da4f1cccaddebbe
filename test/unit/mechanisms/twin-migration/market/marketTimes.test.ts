import { expect } from "chai";

import type { TimedChain } from "../../../../../chains/networks/wayToMain.ts";
import {
  MOST_MESSAGE_SECONDS,
  MOST_ORDER_SECONDS,
  marketTimes,
  messageSecondsOn,
  waitSeconds,
} from "../../../../../mechanisms/twin-migration/market/marketTimes.ts";
import { thrown } from "../../../thrown.ts";

type Pace = Partial<Pick<TimedChain, "blockSeconds" | "finalityBlocks" | "proofs">>;

/** Main, the relay chain and two subchains, all as fast unless it is said otherwise. */
function chains(all: Pace, differing: Partial<Record<TimedChain["role"], Pace>> = {}): TimedChain[] {
  const roles = ["main", "relay", "virtual", "physical"] as const;
  return roles.map((role) => ({
    ...{ role, proofs: "checkpoint" as const, blockSeconds: 0, finalityBlocks: 0 },
    ...all,
    ...differing[role],
  }));
}

/** As the consortium's chains are. */
const SLOW = { blockSeconds: 2, finalityBlocks: 3 };

describe("the times of a market of twins", () => {
  it("are those of the market alone where blocks come at once", () => {
    expect(marketTimes(chains({}))).to.include({ needed: 0, holding: 0 });
    expect(messageSecondsOn(chains({}))).to.equal(0);
    expect(messageSecondsOn(chains({}), 5)).to.equal(5);
  });

  it("follow from the chains' blocks and finality", () => {
    // A hop of main, two blocks each on a subchain and on main, and two hops from a subchain by the relay chain.
    expect(marketTimes(chains(SLOW))).to.include({ needed: 8 + 4 + 16 + 4, holding: 48 });
    // 15 s before the epoch and 2 s later, a hop and a call each of clouds, edges and vehicles.
    expect(marketTimes(chains(SLOW)).open).to.equal(100 + 15 - 2 - 3 * (8 + 4));
    expect(messageSecondsOn(chains(SLOW))).to.equal(48);
    expect(messageSecondsOn(chains(SLOW), 32)).to.equal(32);
    // The slowest subchain counts, and one proven by headers three times.
    const slower = { physical: { blockSeconds: 5, finalityBlocks: 3 } };
    expect(marketTimes(chains(SLOW, slower)).needed).to.equal(8 + 10 + 28 + 4);
    const header = { virtual: { ...SLOW, proofs: "header" as const } };
    expect(marketTimes(chains(SLOW, header)).needed).to.equal(8 + 4 + 32 + 4);
    // What main takes counts for who hears of it and calls it, and not for messages.
    expect(marketTimes(chains({}, { main: SLOW })).needed).to.equal(8 + 4);
  });

  it("are refused where they cannot hold, with what would", () => {
    const tight = thrown(() => messageSecondsOn(chains(SLOW), 31));
    expect(tight).to.have.property("code", "MARKET_TOO_TIGHT");
    expect(tight.message).to.contain("It gives messages 31 s and has to give them 32");
    expect(tight.message).to.contain("leastTimes.messageSeconds 48");
    const long = thrown(() => messageSecondsOn(chains(SLOW), MOST_MESSAGE_SECONDS + 1));
    expect(long).to.have.property("code", "MARKET_TOO_LONG");
    expect(long.message).to.contain("Give them 48 s");
  });

  it("are refused where none would hold", () => {
    const mainOf12 = chains(SLOW, { main: { blockSeconds: 12, finalityBlocks: 2 } });
    const main = thrown(() => messageSecondsOn(mainOf12));
    expect(main).to.have.property("code", "MARKET_TOO_SLOW");
    expect(main.message).to.contain("Of an epoch of 100 s, 0 s are left").and.contain("Take a main chain");
    const hours = chains({}, { relay: { blockSeconds: 600, finalityBlocks: 36 } });
    const way = thrown(() => messageSecondsOn(hours));
    expect(way).to.have.property("code", "MARKET_TOO_SLOW");
    expect(way.message).to.contain("given 22200 s, and at most 21600").and.contain("Take subchains");
    // Twice the way would be more than the most: the most is enough.
    const half = chains({}, { relay: { blockSeconds: 600, finalityBlocks: 29 } });
    expect(marketTimes(half)).to.include({ needed: 18_000, holding: 36_000 });
    expect(messageSecondsOn(half)).to.equal(MOST_MESSAGE_SECONDS);
  });

  it("leave an order the time of a request and of a migration", () => {
    const [request, migration] = (["Requested", "Accepted"] as const).map((status) =>
      waitSeconds(status, MOST_MESSAGE_SECONDS),
    );
    expect(request! + migration!).to.be.below(MOST_ORDER_SECONDS);
  });
});
