import { expect } from "chai";

import {
  type MarketEvent,
  MarketLedger,
} from "../../../../../mechanisms/twin-migration/market/MarketLedger.ts";

const address = (digit: string) => `0x${digit.repeat(40)}`;
const SERVER = address("2");
const event = (name: string, args: Record<string, unknown>) => ({ name, args }) as unknown as MarketEvent;
const requested = (migration: bigint, vehicle: string) =>
  event("MigrationRequested", {
    ...{ migration, vehicle, destination: SERVER, source: address("0"), epoch: 20, kilobytes: 1 },
    ...{ theta: 300_000, escrow: 300n, lost: false },
  });
const offered = (server: string, epoch: number) =>
  event("OfferPosted", { server, epoch, theta: 400_000, wholesale: 0, own: 40_000, capacity: 40_000 });

describe("what anybody can know of the market", () => {
  it("counts a twin at its new host once it is accepted: requests cost nothing that lasts", () => {
    const ledger = new MarketLedger();
    for (let i = 1; i <= 9; i++) ledger.add(requested(BigInt(i), address(String(i))));
    expect(ledger.twinsAt(SERVER)).eql({ hosted: 0, coming: 0 });
    ledger.add(
      event("MigrationAccepted", {
        ...{ migration: 4n, destination: SERVER, bond: 300n, bought: 0n },
        ...{ wholesale: 0n, cloud: address("0") },
      }),
    );
    expect(ledger.twinsAt(SERVER)).eql({ hosted: 0, coming: 1 });
  });

  it("knows the running epoch's offers whoever offers as far ahead as the market takes", () => {
    const ledger = new MarketLedger();
    for (const epoch of [18, 19, 20]) ledger.add(offered(SERVER, epoch));
    ledger.add(offered(address("9"), 30));
    expect(ledger.offer(SERVER, 20)?.capacity).equal(40_000);
    ledger.add(offered(SERVER, 21));
    expect(ledger.offerBefore(SERVER, 21)?.epoch).equal(20);
  });
});
