import { expect } from "chai";
import {
  ageAt,
  cycleSeconds,
  type FreshnessModel,
  frequencyOf,
  frequencyRange,
  latencyAt,
  meanAge,
  meanLatency,
} from "../../../../mechanisms/aoi-contract/mathematics/freshness.ts";
import {
  observeFreshness,
  serveRequests,
} from "../../../../mechanisms/aoi-contract/mathematics/updateProcess.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { cycleAt } from "./cycleAt.ts";

const models: FreshnessModel[] = (["fixed_a", "fixed_c"] as const).flatMap((mode) =>
  (["exact", "printed"] as const).flatMap((latency) =>
    (["exact", "printed"] as const).map((age) => ({
      mode,
      fixedPeriods: 4,
      periodSeconds: 1.5,
      latency,
      age,
    })),
  ),
);

describe("AoI contract: freshness", () => {
  it("closed forms equal the simulated process for every cycle up to 9 + 9 periods", () => {
    for (let c = 1; c <= 9; c++) {
      for (let a = 0; a <= 9; a++) {
        const cycle = { collectionPeriods: c, idlePeriods: a, periodSeconds: 2 };
        const observed = observeFreshness(cycle);
        expect(meanAge(cycle), `A at c=${c}, a=${a}`).to.be.closeTo(observed.meanAgeSeconds, 1e-12);
        expect(meanLatency(cycle), `D at c=${c}, a=${a}`).to.be.closeTo(observed.meanLatencySeconds, 1e-12);
      }
    }
  });

  it("random requests agree with the closed forms", () => {
    const cycle = { collectionPeriods: 5, idlePeriods: 11, periodSeconds: 3 };
    const observed = observeFreshness(cycle, { source: new SeededRandom(1, "requests"), requests: 200_000 });
    expect(observed.meanAgeSeconds).to.be.closeTo(meanAge(cycle), 0.1);
    expect(observed.meanLatencySeconds).to.be.closeTo(meanLatency(cycle), 0.1);
  });

  it("the process follows the paper's text, request by request", () => {
    // c = 2, a = 3, t = 1: collecting in periods 1 and 2, so z = 1 waits c·t + t − (z − 1)t = 3.
    expect(serveRequests({ collectionPeriods: 2, idlePeriods: 3, periodSeconds: 1 })).to.deep.equal([
      { latencySeconds: 3, ageSeconds: 1 },
      { latencySeconds: 2, ageSeconds: 1 },
      { latencySeconds: 1, ageSeconds: 1 },
      { latencySeconds: 1, ageSeconds: 2 },
      { latencySeconds: 1, ageSeconds: 3 },
    ]);
  });

  it("c = a = 5, t = 2: A = 4, D = 5; printed eq. 2 says 21 and eq. 5 says 8", () => {
    const cycle = { collectionPeriods: 5, idlePeriods: 5, periodSeconds: 2 };
    expect(cycleSeconds(cycle)).to.equal(20);
    expect([meanAge(cycle), meanLatency(cycle)]).to.deep.equal([4, 5]);
    expect([meanAge(cycle, "printed"), meanLatency(cycle, "printed")]).to.deep.equal([8, 21]);
  });

  it("functions of f equal functions of (c, a), and their slopes the difference quotients", () => {
    for (const model of models) {
      for (const periods of [1, 2.5, 7, 40]) {
        const f = frequencyOf(model, periods);
        const cycle = cycleAt(model, f);
        const name = JSON.stringify({ ...model, periods });
        expect(ageAt(model, f).value, name).to.be.closeTo(meanAge(cycle, model.age), 1e-9);
        expect(latencyAt(model, f).value, name).to.be.closeTo(meanLatency(cycle, model.latency), 1e-9);
        for (const g of [ageAt, latencyAt]) {
          const step = 1e-6 * f;
          const quotient = (g(model, f + step).value - g(model, f - step).value) / (2 * step);
          const { slope } = g(model, f);
          expect(slope, `${g.name} ${name}`).to.be.closeTo(quotient, 1e-4 * Math.max(1, Math.abs(slope)));
        }
      }
    }
  });

  it("age and latency are convex in f in every variant, which makes U_s concave", () => {
    for (const model of models) {
      const { max } = frequencyRange(model);
      for (const g of [ageAt, latencyAt]) {
        let previous = Number.NEGATIVE_INFINITY;
        for (let i = 1; i <= 200; i++) {
          const { slope } = g(model, (max * i) / 200);
          expect(slope, `${g.name} ${JSON.stringify(model)} at ${i}`).to.be.at.least(
            previous - 1e-6 * Math.abs(slope),
          );
          previous = slope;
        }
      }
    }
  });

  it("refuses frequencies the cycle cannot have", () => {
    const model = models[0]!;
    expect(frequencyRange(model)).to.deep.equal({ min: 1e-5, max: 1 / (5 * 1.5) });
    for (const range of [{ max: 0.2 }, { min: 0 }, { min: 0.1, max: 0.05 }, { max: Number.NaN }]) {
      expect(() => frequencyRange(model, range), JSON.stringify(range))
        .to.throw("f_min")
        .with.property("code", "DOMAIN");
    }
  });
});
