import { expect } from "chai";

import { type HostEvent, HostLedger } from "../../../../../mechanisms/twin-migration/market/HostLedger.ts";

const address = (digit: string) => `0x${digit.repeat(40)}`;
const [SERVER, OTHER, VEHICLE, SECOND] = ["a", "b", "1", "2"].map(address) as [
  string,
  string,
  string,
  string,
];
const STATE = `0x${"5".repeat(64)}`;
const event = (name: string, args: Record<string, unknown>) => ({ name, args }) as unknown as HostEvent;
const came = (vehicle: string, migration: bigint, server = SERVER) =>
  event("HostChanged", { vehicle, server, migration, stateHash: STATE });

describe("what a subchain tells a server", () => {
  let ledger: HostLedger;
  const main = new Map<string, bigint>();
  const vehicles = () => [...ledger.came.keys()];

  beforeEach(() => {
    main.clear();
    ledger = new HostLedger(SERVER, (vehicle, migration) => (main.get(vehicle) ?? 0n) > migration);
  });

  it("is who came and has not left, by its own events or by main's", () => {
    ledger.add(came(VEHICLE, 3n));
    ledger.add(came(SECOND, 4n));
    ledger.add(came(SECOND, 6n, OTHER));
    expect(vehicles()).eql([VEHICLE]);
    main.set(VEHICLE, 3n);
    ledger.look(VEHICLE);
    expect(vehicles()).eql([VEHICLE]);
    main.set(VEHICLE, 5n);
    ledger.look(VEHICLE);
    expect(vehicles()).eql([]);
    // It told first what main knows as over.
    ledger.add(came(VEHICLE, 4n));
    expect(vehicles()).eql([]);
    ledger.add(came(VEHICLE, 7n));
    ledger.add(event("TwinDropped", { vehicle: VEHICLE, server: OTHER }));
    expect(vehicles()).eql([VEHICLE]);
    ledger.add(event("TwinDropped", { vehicle: VEHICLE, server: SERVER }));
    expect(vehicles()).eql([]);
  });

  it("is the roots of its last epochs, and no more of them however long it goes on", () => {
    for (let epoch = 100; epoch < 5000; epoch++) {
      ledger.add(event("RootPosted", { server: SERVER, epoch, root: STATE, count: 1 }));
    }
    ledger.add(event("RootPosted", { server: OTHER, epoch: 6000, root: STATE, count: 1 }));
    expect([ledger.closed, ledger.anchored.size, ledger.anchored.has(4990)]).eql([4999, 32, true]);
  });

  it("is known again, but for who has left since, as main tells", () => {
    ledger.add(came(VEHICLE, 3n));
    ledger.add(came(SECOND, 4n));
    const state = ledger.state();
    main.set(SECOND, 5n);
    ledger.restore(state);
    expect(vehicles()).eql([VEHICLE]);
    ledger.restore(undefined);
    expect([vehicles(), ledger.closed]).eql([[], -1]);
  });
});
