import { expect } from "chai";

import type { MarketEvent } from "../../../../../mechanisms/twin-migration/market/MarketLedger.ts";
import { Owed } from "../../../../../mechanisms/twin-migration/parties/Owed.ts";

const address = (digit: string) => `0x${digit.repeat(40)}`;
const [VEHICLE, SERVER, CLOUD] = ["a", "b", "c"].map(address) as [string, string, string];
const event = (name: string, args: Record<string, unknown>) => ({ name, args }) as unknown as MarketEvent;
const migration = 1n;
const requested = event("MigrationRequested", { migration, vehicle: VEHICLE });
const accepted = event("MigrationAccepted", { migration, destination: SERVER, cloud: CLOUD });
const settled = (outcome: bigint, parts: { refund: bigint; bondSlashed: bigint; toCloud: bigint }) =>
  event("MigrationSettled", { migration, outcome, ...parts });
const COMPLETED = settled(1n, { refund: 0n, bondSlashed: 0n, toCloud: 5n });
const FAILED = settled(3n, { refund: 10n, bondSlashed: 1n, toCloud: 0n });
const collected = (party: string) => event("ShareCollected", { migration, party, amount: 1n });

describe("what a party is owed", () => {
  const owedTo = (party: string, ...events: MarketEvent[]) => {
    const owed = new Owed(party);
    for (const one of events) owed.add(one);
    return owed;
  };

  it("is known once a migration is settled, where there is something for it", () => {
    for (const [party, end, due] of [
      [VEHICLE, COMPLETED, []],
      [VEHICLE, FAILED, [migration]],
      [SERVER, COMPLETED, [migration]],
      [SERVER, FAILED, [migration]],
      [CLOUD, COMPLETED, [migration]],
      [CLOUD, FAILED, []],
      [address("d"), FAILED, []],
    ] as const) {
      const owed = owedTo(party, requested, accepted);
      expect(owed.due.settled).eql([]);
      owed.add(end);
      expect(owed.due, `${party} of ${String(Reflect.get(end.args, "outcome"))}`).eql({
        settled: due,
        open: 0,
      });
    }
    expect(owedTo(SERVER, requested, accepted).due).eql({ settled: [], open: 1 });
  });

  it("is over when it was paid, by whomsoever; another's payment is not its own", () => {
    const owed = owedTo(SERVER, accepted, COMPLETED, collected(CLOUD));
    expect(owed.due.settled).eql([migration]);
    owed.add(collected(SERVER));
    expect([owed.due, owed.state()]).eql([{ settled: [], open: 0 }, { migrations: [] }]);
  });

  it("is not asked for again by a process that had it paid, but by the next where the chain has not told", () => {
    const owed = owedTo(SERVER, accepted, COMPLETED);
    owed.collected([migration]);
    expect(owed.due).eql({ settled: [], open: 0 });
    const next = new Owed(SERVER);
    next.restore(owed.state());
    expect(next.due.settled).eql([migration]);
  });
});
