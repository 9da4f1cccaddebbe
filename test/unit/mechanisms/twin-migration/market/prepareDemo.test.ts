import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { LOCAL_KEYS, localKey } from "../../../../../chains/networks/localKeys.ts";
import { prepareDemo } from "../../../../../mechanisms/twin-migration/demo/prepareDemo.ts";
import { partyPlanSchema } from "../../../../../mechanisms/twin-migration/parties/partyPlan.ts";
import { thrown } from "../../../thrown.ts";

const TRACES = fileURLToPath(new URL("../../../../../../shared/data", import.meta.url));
/** 10 s into an epoch. */
const START = 1_800_000_010_000;

const prepared = (trace?: string, seed = 1) =>
  prepareDemo({
    ...{ seed, trace, subchains: ["virtual", "physical"], startAtMs: START },
    urlOf: (n) => `http://127.0.0.1:${9000 + n}`,
    addressOf: (key) => localKey("party", key).address,
  });
const plansOf = (demo: ReturnType<typeof prepared>) =>
  demo.parties.map((party) =>
    partyPlanSchema(LOCAL_KEYS).parse(JSON.parse(JSON.stringify(party.plan(START)))),
  );

describe("the demo's market", () => {
  it("has each party know its own and what is public, and has it end with an epoch", () => {
    const demo = prepared();
    const plans = plansOf(demo);
    expect(plans.map(({ role }) => role)).eql([
      ...new Array(6).fill("server"),
      "keeper",
      ...new Array(10).fill("vehicle"),
    ]);
    expect(new Set(plans.map(({ key }) => key)).size).equal(17);
    for (const plan of plans) {
      expect(plan.setting.steps).equal(90);
      expect(demo.endsAtMs).equal(START + 90_000);
      const tracks = JSON.stringify(plan).split('"track"').length - 1;
      expect(tracks, plan.name).equal(plan.role === "vehicle" ? 1 : 0);
      if (plan.role === "vehicle") expect(plan.track.x).length(91);
    }
    const chains = plans[0]!.setting.servers.map(({ chain }) => chain);
    expect(chains).eql(["virtual", "virtual", "physical", "physical", "virtual", "physical"]);
  });

  it("follows from its seed", () => {
    expect(plansOf(prepared())).eql(plansOf(prepared()));
    expect(plansOf(prepared())).not.eql(plansOf(prepared(undefined, 2)));
  });

  it("does not guess what a folder is", () => {
    expect(thrown(() => prepared(tmpdir())).code).equal("TRACE_UNKNOWN");
  });

  for (const [trace, vehicles] of [
    ["sumo-bologna", 10],
    ["sumo-alicante", 10],
    ["bus-liverpool", 6],
    ["eua", 10],
  ] as const) {
    it(`replays ${trace}`, function () {
      this.timeout(30_000);
      if (!existsSync(`${TRACES}/${trace}`)) {
        console.log(`      skipped: ${TRACES}/${trace} is not there`);
        this.skip();
      }
      const plans = plansOf(prepared(`${TRACES}/${trace}`));
      const drivers = plans.filter((plan) => plan.role === "vehicle");
      expect(drivers).length.within(1, vehicles);
      // Somebody moves, and everybody is there to the end.
      expect(drivers.some(({ track }) => track.x[0] !== track.x[60])).equal(true);
      for (const { track } of drivers) expect(track.x).length(91);
      const { site } = drivers[0]!.setting;
      const metres = (j: number, x: number, y: number) => Math.hypot(site.edgeX[j]! - x, site.edgeY[j]! - y);
      // On a grid of its own vehicles may drive where no station is.
      if (trace === "eua") return;
      for (const { name, track } of drivers) {
        const near = track.x.flatMap((x, t) => {
          const all = site.edgeX.map((_, j) => metres(j, x, track.y[t]!));
          const nearest = all.indexOf(Math.min(...all));
          return all[nearest]! <= 300 ? [nearest] : [];
        });
        expect(new Set(near).size, `${name} goes from one coverage to another`).above(1);
      }
    });
  }
});
