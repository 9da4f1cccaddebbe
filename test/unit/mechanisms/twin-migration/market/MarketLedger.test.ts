import { expect } from "chai";

import {
  type MarketEvent,
  MarketLedger,
} from "../../../../../mechanisms/twin-migration/market/MarketLedger.ts";

const address = (digit: string) => `0x${digit.repeat(40)}`;
const SERVER = address("2");
const [CLOUD, EDGE, VEHICLE, NOWHERE] = [address("a"), address("b"), address("c"), address("0")];
const EPOCH = 18_000_000;
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

  it("knows the offer of a request for as long as its server may wait for a message", () => {
    const ledger = new MarketLedger();
    ledger.waitSeconds = 3600;
    for (const epoch of [20, 56]) ledger.add(offered(SERVER, epoch));
    ledger.add(offered(address("9"), 66));
    expect(ledger.offer(SERVER, 20)?.capacity).equal(40_000);
    ledger.add(offered(address("9"), 68));
    expect(ledger.offer(SERVER, 20)).equal(undefined);
  });

  for (const [outcome, left] of [
    [1n, 4_000],
    [2n, 4_000],
    [3n, 10_000],
    [4n, 10_000],
    [6n, 4_000],
  ] as const) {
    it(`has ${left} kB left of a cloud that sold 6,000 of 10,000 for a migration of outcome ${outcome}`, () => {
      const ledger = new MarketLedger();
      const tell = (name: string, args: Record<string, unknown>) => ledger.add(event(name, args));
      tell("ServerJoined", { server: CLOUD, kind: 2n, chainId: 1n, cloud: NOWHERE });
      tell("ServerJoined", { server: EDGE, kind: 1n, chainId: 1n, cloud: CLOUD });
      const offer = { epoch: EPOCH, theta: 400_000, wholesale: 200_000, capacity: 10_000 };
      tell("OfferPosted", { ...offer, server: CLOUD, own: 10_000 });
      tell("OfferPosted", { ...offer, server: EDGE, own: 1_000 });
      const asked = { migration: 1n, vehicle: VEHICLE, destination: EDGE, epoch: EPOCH, kilobytes: 7_000 };
      tell("MigrationRequested", {
        ...asked,
        source: NOWHERE,
        theta: 400_000,
        escrow: 2_800_000n,
        lost: false,
      });
      tell("MigrationAccepted", { migration: 1n, destination: EDGE, bought: 6_000n, cloud: CLOUD });
      expect(ledger.offer(CLOUD, EPOCH)?.taken).to.equal(6_000);
      tell("MigrationSettled", { migration: 1n, outcome });
      expect(10_000 - ledger.offer(CLOUD, EPOCH)!.taken).to.equal(left);
      expect(ledger.offer(EDGE, EPOCH)?.taken).to.equal(7_000);
    });
  }

  describe("drops a migration", () => {
    let ledger: MarketLedger;
    const accepted = (migration: bigint) =>
      event("MigrationAccepted", { migration, destination: SERVER, bought: 0n, cloud: NOWHERE });
    const handedOver = (migration: bigint) =>
      event("TwinHandedOver", { migration, vehicle: VEHICLE, destination: SERVER });
    const settled = (migration: bigint, outcome = 1n) => event("MigrationSettled", { migration, outcome });
    const tell = (...events: MarketEvent[]) => {
      for (const one of events) ledger.add(one);
    };
    const known = () => [...ledger.migrations.keys()];

    beforeEach(() => {
      ledger = new MarketLedger();
    });

    it("once it is settled and handed over, whichever came first", () => {
      tell(requested(1n, VEHICLE), accepted(1n), settled(1n, 4n));
      expect(known()).eql([1n]);
      tell(handedOver(1n));
      expect(known()).eql([]);
      tell(requested(2n, VEHICLE), accepted(2n), handedOver(2n));
      expect([known(), ledger.isOver(2n)]).eql([[2n], false]);
      tell(settled(2n));
      expect([known(), ledger.isOver(2n), ledger.isOver(3n)]).eql([[], true, false]);
      expect(ledger.hosts.get(VEHICLE)).eql({ server: SERVER, migration: 2n, kilobytes: 1 });
    });

    it("that was not handed over, once a later one of its vehicle was: until then its twin may go by it", () => {
      tell(requested(1n, VEHICLE), settled(1n, 5n), requested(2n, address("9")), settled(2n, 5n));
      tell(requested(3n, VEHICLE), accepted(3n), settled(3n, 3n));
      expect(known()).eql([1n, 2n, 3n]);
      tell(handedOver(1n));
      expect(ledger.hosts.get(VEHICLE)?.migration).equal(1n);
      expect(known()).eql([2n, 3n]);
      tell(requested(4n, VEHICLE), accepted(4n), handedOver(4n));
      expect(known()).eql([2n, 4n]);
      // What main tells of an earlier one changes nothing.
      tell(handedOver(3n));
      expect(ledger.hosts.get(VEHICLE)?.migration).equal(4n);
      tell(settled(4n));
      expect(known()).eql([2n]);
    });

    it("and keeps what it holds of those that are under way, also where the fold begins anew", () => {
      tell(requested(1n, VEHICLE), accepted(1n));
      const held = ledger.migrations.get(1n)!;
      const state = ledger.state();
      tell(settled(1n, 3n));
      ledger.restore(state);
      expect(held.outcome).equal(undefined);
      tell(settled(1n));
      expect(held.outcome).equal("Completed");
      ledger.restore(undefined);
      expect(known()).eql([]);
      tell(requested(1n, VEHICLE));
      expect([held.accepted, held.outcome, ledger.migrations.get(1n)]).eql([false, undefined, held]);
      // Of another vehicle it is another one.
      ledger.restore(undefined);
      tell(requested(1n, address("9")));
      expect(held.vehicle).equal(VEHICLE);
    });
  });
});
