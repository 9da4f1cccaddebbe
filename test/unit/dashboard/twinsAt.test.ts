import { expect } from "chai";

import type { TwinMigration } from "../../../dashboard/api/MarketView.ts";
import { migrationAt, twinsAt } from "../../../dashboard/page/markets/twinsAt.ts";

const place = (at: number) => ({ chain: "main", block: at, transaction: "0x", at });

function migration(id: number, change: Partial<TwinMigration>): TwinMigration {
  return {
    id: String(id),
    vehicle: "v1",
    from: null,
    to: "edge 1",
    kilobytes: 1,
    escrow: "1",
    state: "settled",
    outcome: "Completed",
    latencyMs: 1,
    requested: place(10 * id),
    steps: [{ ...place(10 * id + 4), name: "settled" }],
    settled: null,
    ...change,
  };
}

describe("where twins are at a time", () => {
  const history = [
    migration(1, {}),
    migration(2, { from: "edge 1", to: "edge 2", outcome: "Failed" }),
    migration(3, { from: "edge 1", to: "edge 3", outcome: null, steps: [] }),
  ];

  it("knows of none before the first was asked for", () => {
    expect(twinsAt(history, 5).get("v1")).to.deep.equal({ host: null, moving: undefined, last: undefined });
  });

  it("shows one on its way until it has ended", () => {
    expect(twinsAt(history, 12).get("v1")).to.deep.include({ host: null, moving: { id: "1", to: "edge 1" } });
    expect(twinsAt(history, 14).get("v1")).to.deep.include({ host: "edge 1", moving: undefined });
  });

  it("leaves a twin where it was after a failure", () => {
    expect(twinsAt(history, 25).get("v1")).to.deep.include({
      host: "edge 1",
      last: { outcome: "Failed", to: "edge 2", at: 24 },
    });
  });

  it("has one that never ended on its way for good", () => {
    expect(twinsAt(history, 1000).get("v1")!.moving).to.deep.equal({ id: "3", to: "edge 3" });
  });

  it("tells of a migration only what had come of it by then", () => {
    const steps = ["MigrationAccepted", "MigrationAttested", "MigrationSettled"].map((name, i) => ({
      ...place(11 + i),
      name,
    }));
    const settled = { toProvider: "1", refund: "0", slashed: "0" };
    const one = migration(1, { steps, settled, latencyMs: 900 });
    const at = (time: number) => {
      const { state, outcome, latencyMs, settled: paid } = migrationAt(one, time);
      return [state, outcome, latencyMs, paid];
    };
    expect(at(10)).to.deep.equal(["requested", null, null, null]);
    expect(at(11)).to.deep.equal(["accepted", null, null, null]);
    expect(at(12)).to.deep.equal(["attested", null, 900, null]);
    expect(at(13)).to.deep.equal(["settled", "Completed", 900, settled]);
  });
});
