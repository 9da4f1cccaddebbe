import { expect } from "chai";
import fc from "fast-check";
import { baselinePayer } from "../../../simulation/laboratory/baselinePayer.ts";
import type { AskedClient } from "../../../simulation/laboratory/Payer.ts";
import { runs } from "../../tier.ts";

const frame = {
  ...{ epoch: { startTime: 1000, epochSeconds: 60 }, rounds: 3, expectedUpdates: 3, maxSamples: 10 },
};

describe("properties of who enrols for a part of a budget", () => {
  it("nobody who is in would rather be out, and nobody who is out would rather be in", () => {
    const clients = fc.array(
      fc.record({
        refresh: fc.bigInt({ min: 0n, max: 50n }),
        update: fc.bigInt({ min: 0n, max: 50n }),
        samples: fc.nat({ max: 20 }),
      }),
      { maxLength: 30 },
    );
    const budget = fc.bigInt({ min: 0n, max: 5000n });
    fc.assert(
      fc.property(
        clients,
        budget,
        fc.constantFrom("equal", "samples", "accuracy"),
        (drawn, budget, baseline) => {
          const asked = drawn.map(
            ({ refresh, update, samples }, client): AskedClient => ({
              ...{ client, name: `${client}`, group: "one", behaviours: [], updateSeconds: 1, samples },
              ...{ address: `${client}`, costs: { refresh, update }, owner: () => undefined },
            }),
          );
          const payer = baselinePayer({ baseline, budget, refreshSeconds: 30 }, frame);
          const isIn = payer.enrol(asked).map((enrolment) => !("abstain" in enrolment));
          const weights = drawn.map(({ samples }) => (baseline === "samples" ? BigInt(samples) : 1n));
          const whole = weights.reduce((sum, weight, i) => (isIn[i] ? sum + weight : sum), 0n);
          for (const [i, { refresh, update }] of drawn.entries()) {
            const cost = 2n * refresh + 3n * update;
            const [weight, others] = [weights[i]!, isIn[i] ? whole - weights[i]! : whole];
            const gains = weight > 0n && budget * weight >= cost * (others + weight);
            // Of those whose part would be exactly what it costs, it may be either.
            if (budget * weight === cost * (others + weight)) continue;
            expect(isIn[i], `client ${i}`).to.equal(gains);
          }
        },
      ),
      runs(200),
    );
  });
});
