import { expect } from "chai";

import { Journeys } from "../../../../../mechanisms/twin-migration/demo/Journeys.ts";
import type { PartyEvent } from "../../../../../mechanisms/twin-migration/parties/PartyEvent.ts";
import type { Setting } from "../../../../../mechanisms/twin-migration/parties/partyPlan.ts";

/** Begins 20 s before epoch 11. */
const setting = { servers: [], startAtMs: 1_080_000, stepMs: 1000, steps: 60 } as unknown as Setting;

describe("Journeys", () => {
  let journeys: Journeys;
  let migration = 0;
  beforeEach(() => {
    journeys = new Journeys(setting, 4);
  });
  /** A vehicle moves between two steps. */
  const move = (vehicle: string, to: string, [begun, ended]: [number, number], outcome = "Completed") => {
    const one = { migration: String(++migration), from: undefined, to };
    const costs = { why: "", stayCost: undefined, moveCost: 1, reputation: 0.5, escrow: "0", x: 0, y: 0 };
    const money = { latencyMs: 1, paid: "0", compensated: "0", crossed: false };
    journeys.hear(vehicle, { type: "moving", step: begun, ...one, ...costs });
    journeys.hear(vehicle, { type: "moved", step: ended, outcome, ...one, ...money } as PartyEvent);
  };
  const anchor = (party: string) =>
    journeys.hear(party, { type: "anchored", epoch: 11, count: 1, root: "0x" });

  it("waits for servers that have something of the epoch, and for no others", () => {
    // Gone before the epoch began, and there between two synchronizations only.
    move("vehicle 1", "edge 1", [0, 2]);
    move("vehicle 1", "edge 2", [10, 12]);
    move("vehicle 2", "edge 3", [1, 32]);
    move("vehicle 2", "edge 2", [35, 36]);
    expect(journeys.isAnchored(11)).to.equal(false);
    anchor("edge 2");
    expect(journeys.isAnchored(11)).to.equal(true);
  });

  it("knows hosts whose twins came late, and none whose migrations failed", () => {
    move("vehicle 1", "edge 1", [20, 22], "Late");
    move("vehicle 2", "edge 2", [20, 22], "Failed");
    expect(journeys.isAnchored(11)).to.equal(false);
    anchor("edge 1");
    expect(journeys.isAnchored(11)).to.equal(true);
  });

  it("tells of twins that were lost beside the migrations that succeeded", () => {
    move("vehicle 1", "edge 1", [20, 22]);
    expect(journeys.lines().at(-1)).to.match(/ across subchains$/);
    const costs = { why: "", stayCost: undefined, moveCost: 0, reputation: 0.5, escrow: "0", x: 0, y: 0 };
    const lost = { migration: "900", from: undefined, to: "edge 2", lost: true } as const;
    journeys.hear("vehicle 2", { type: "moving", step: 30, ...lost, ...costs });
    expect(journeys.summary()).to.include({ missed: 1 });
    expect(journeys.lines().at(-1)).to.match(/; 1 twin was lost .* counts as missed$/);
  });

  it("tells of disputes, and has a twin at its new host whose dispute nobody settled", () => {
    move("vehicle 1", "edge 1", [20, 22], "pending");
    const own = { migration: String(migration) };
    const lied = { server: "edge 1", why: "it signed an end 1700 ms before the vehicle had its answer" };
    expect(journeys.hear("vehicle 1", { type: "disputed", ...own, ...lied })).equal(
      `  vehicle 1 disputes migration ${migration}: edge 1 lied, ${lied.why}`,
    );
    expect(journeys.isAnchored(11)).equal(true);
    expect(journeys.hear("vehicle 1", { type: "resolved", ...own, outcome: "Resolved" })).match(
      /ended at last as resolved/,
    );
    expect(journeys.isAnchored(11)).equal(false);
    expect(journeys.summary()).include({ disputed: 1, attempts: 0 });
  });
});
