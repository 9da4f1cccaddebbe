import fc from "fast-check";

import type { ContractParameters } from "../../../../mechanisms/aoi-contract/mathematics/optimalContract.ts";

/**
 * Settings of every variant in which g > 0 somewhere.
 *
 * @param mostTypes - Up to how many types.
 * @param agePreference - α of all types; without it, an α a type.
 */
export function settings(mostTypes: number, agePreference?: number): fc.Arbitrary<ContractParameters> {
  return fc
    .record({
      mode: fc.constantFrom("fixed_a" as const, "fixed_c" as const),
      fixedPeriods: fc.integer({ min: 1, max: 12 }),
      periodSeconds: fc.constantFrom(0.5, 1, 2, 3),
      latency: fc.constantFrom("exact" as const, "printed" as const),
      age: fc.constantFrom("exact" as const, "printed" as const),
      types: fc.array(
        fc.record({
          gamma: fc.double({ min: 0.001, max: 0.02, noNaN: true }),
          share: fc.integer({ min: 1, max: 20 }),
          agePreference:
            agePreference === undefined
              ? fc.double({ min: 0, max: 1, noNaN: true })
              : fc.constant(agePreference),
        }),
        { minLength: 1, maxLength: mostTypes, size: "max" },
      ),
    })
    .map(({ types, ...model }): ContractParameters => {
      const total = types.reduce((sum, { share }) => sum + share, 0);
      const sorted = types.map(({ gamma }) => gamma).sort((a, b) => a - b);
      return {
        model,
        types: types.map((type, n) => ({
          unitCost: 1 / sorted[n]!,
          probability: type.share / total,
          agePreference: type.agePreference,
        })),
        workers: 10,
        toleratedAgeSeconds: 400,
        toleratedLatencySeconds: 400,
        unitProfit: 20,
      };
    });
}
