import { expect } from "chai";
import fc from "fast-check";

import type { MarketEvent } from "../../../../mechanisms/twin-migration/market/MarketLedger.ts";
import { PublicBook } from "../../../../mechanisms/twin-migration/pricing/PublicBook.ts";
import { postedPrices } from "../../../../mechanisms/twin-migration/pricing/postedPrices.ts";
import { runs } from "../../../tier.ts";

const address = (digit: string) => `0x${digit.repeat(40)}`;
const [CLOUD, EDGE] = [address("a"), address("b")];
const VEHICLES = ["1", "2", "3"].map(address);
const event = (name: string, args: Record<string, unknown>) => ({ name, args }) as unknown as MarketEvent;

/** What comes, and how many seconds after the last. */
const step = fc.record({
  after: fc.constantFrom(0, 1, 20, 90, 110, 400),
  what: fc.constantFrom("offer" as const, "request" as const, "hand over" as const, "hand over" as const),
  who: fc.nat(2),
  which: fc.nat(5),
  much: fc.integer({ min: 1, max: 4 }),
});

describe("The book of what prices depend on", () => {
  it("says of the running epoch and the next the prices that all of the past would", async () => {
    await fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const book = new PublicBook();
        let time = 10_000;
        for (const server of [CLOUD, EDGE]) {
          const kind = server === CLOUD ? 2n : 1n;
          book.add(event("ServerJoined", { server, kind, cloud: CLOUD }), time);
        }
        const offers: { time: number; server: string; epoch: number; own: number }[] = [];
        const sizes: { vehicle: string; kilobytes: number; isHanded: boolean }[] = [];
        const hosts: { time: number; vehicle: string; migration: number; server: string }[] = [];
        for (const { after, what, who, which, much } of steps) {
          time += after;
          const running = Math.floor(time / 100);
          const server = [CLOUD, EDGE][who % 2]!;
          if (what === "offer") {
            const epoch = running + which;
            if (offers.some((one) => one.server === server && one.epoch === epoch)) continue;
            const own = much * 40_000;
            offers.push({ time, server, epoch, own });
            book.add(event("OfferPosted", { server, epoch, own }), time);
          }
          if (what === "request") {
            sizes.push({ vehicle: VEHICLES[who]!, kilobytes: much * 1000, isHanded: false });
            const { vehicle, kilobytes } = sizes.at(-1)!;
            book.add(event("MigrationRequested", { migration: BigInt(sizes.length), vehicle, kilobytes }), 0);
          }
          if (what === "hand over") {
            const size = sizes[sizes.length - 1 - which];
            if (size === undefined || size.isHanded) continue;
            size.isHanded = true;
            const { vehicle } = size;
            const migration = sizes.length - which;
            hosts.push({ time, vehicle, migration, server });
            const args = { migration: BigInt(migration), vehicle, destination: server };
            book.add(event("TwinHandedOver", args), time);
          }
          for (const epoch of [running, running + 1]) {
            const cut = PublicBook.cutOf(epoch);
            if (time < cut) continue;
            const ownOf = (one: string) =>
              offers
                .filter((offer) => offer.server === one && offer.time < cut && offer.epoch < epoch)
                .sort((a, b) => b.epoch - a.epoch)[0]?.own ?? 0;
            const hosted = VEHICLES.flatMap((vehicle) => {
              const last = hosts
                .filter((one) => one.vehicle === vehicle && one.time < cut)
                .sort((a, b) => b.migration - a.migration)[0];
              if (last === undefined) return [];
              return [{ server: last.server, kilobytes: sizes[last.migration - 1]!.kilobytes }];
            });
            const due = postedPrices(
              [{ address: EDGE, cloud: CLOUD, own: ownOf(EDGE) }],
              [{ address: CLOUD, cloud: undefined, own: ownOf(CLOUD) }],
              hosted,
            );
            expect(book.pricesOf(epoch)).to.deep.equal(due);
          }
        }
      }),
      runs(100),
    );
  });

  it("is as large after years as after some epochs", () => {
    const book = new PublicBook();
    for (let epoch = 100; epoch < 20_000; epoch++) {
      const migration = BigInt(epoch);
      const vehicle = VEHICLES[epoch % 3]!;
      book.add(event("OfferPosted", { server: EDGE, epoch, own: epoch }), epoch * 100);
      book.add(event("MigrationRequested", { migration, vehicle, kilobytes: 1000 }), 0);
      book.add(event("TwinHandedOver", { migration, vehicle, destination: EDGE }), epoch * 100 + 50);
      book.add(event("MigrationSettled", { migration }), 0);
    }
    const { own, hosts, sizes } = book.state();
    expect([own[0]!.changes.length, hosts.length, sizes.length]).to.deep.equal([5, 3, 0]);
    for (const { changes } of hosts) expect(changes).to.have.length(3);
  });
});
