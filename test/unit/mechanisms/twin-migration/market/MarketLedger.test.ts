import { expect } from "chai";

import {
  type MarketEvent,
  MarketLedger,
} from "../../../../../mechanisms/twin-migration/market/MarketLedger.ts";

const address = (digit: string) => `0x${digit.repeat(40)}`;
const [CLOUD, EDGE, VEHICLE] = [address("a"), address("b"), address("c")];
const NOWHERE = address("0");
const EPOCH = 18_000_000;

describe("a ledger of the market", () => {
  for (const [outcome, left] of [
    [1n, 4_000],
    [2n, 4_000],
    [3n, 10_000],
    [4n, 10_000],
    [6n, 4_000],
  ] as const) {
    it(`has ${left} kB left of a cloud that sold 6,000 of 10,000 for a migration of outcome ${outcome}`, () => {
      const ledger = new MarketLedger();
      const tell = (name: string, args: object) => ledger.add({ name, args } as MarketEvent);
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
});
