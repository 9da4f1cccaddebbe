import { expect } from "chai";
import fc from "fast-check";
import { differencesOf, holm, pairedTest } from "../../../../experiments/sweeps/pairedTest.ts";
import { studentTTail } from "../../../../experiments/sweeps/studentTTail.ts";

/** Hours of sleep that ten patients gained by one drug over another (Student 1908, "The probable error of a mean", § IX). */
const SLEEP = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4];

/** The same tail by Simpson's rule over the density, with Γ((ν + 1)/2)/Γ(ν/2) by its recurrence. */
function integrated(t: number, freedom: number): number {
  let ratio = freedom % 2 === 0 ? Math.sqrt(Math.PI) / 2 : 1 / Math.sqrt(Math.PI);
  for (let n = freedom % 2 === 0 ? 2 : 1; n < freedom; n += 2) ratio *= (n + 1) / n;
  const density = (x: number) =>
    (ratio / Math.sqrt(freedom * Math.PI)) * (1 + x ** 2 / freedom) ** (-(freedom + 1) / 2);
  const steps = 20_000;
  let sum = density(0) + density(t);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * density((i * t) / steps);
  return 1 - (2 * sum * t) / steps / 3;
}

describe("studentTTail", () => {
  it("is what tables have", () => {
    for (const [t, freedom, p] of [
      [12.7062, 1, 0.05],
      [4.3027, 2, 0.05],
      [2.7764, 4, 0.05],
      [4.6041, 4, 0.01],
      [2.2622, 9, 0.05],
      [1.984, 100, 0.05],
    ] as const) {
      expect(studentTTail(t, freedom), `${t}, ${freedom}`).to.be.closeTo(p, 2e-5);
    }
    expect(studentTTail(0, 7)).to.be.closeTo(1, 1e-15);
    expect(studentTTail(Number.POSITIVE_INFINITY, 3)).to.equal(0);
  });

  it("is the integral of the density", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 20, noNaN: true }),
        fc.integer({ min: 1, max: 60 }),
        (t, freedom) => {
          expect(studentTTail(t, freedom)).to.be.closeTo(integrated(t, freedom), 1e-9);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("pairedTest", () => {
  it("is Student's test of his own example", () => {
    const { pairs, mean, deviation, above, studentP } = pairedTest(SLEEP);
    expect([pairs, above]).to.deep.equal([10, 9]);
    expect(mean).to.be.closeTo(1.58, 1e-12);
    expect(deviation).to.be.closeTo(1.229995, 1e-6);
    // As R has it: t.test(sleep, paired = TRUE), t = 4.0621, p = 0.002833.
    expect(studentP).to.be.closeTo(0.002833, 5e-7);
  });

  it("counts the ways to flip signs", () => {
    // 0 keeps its sum both ways: of 2^10, those with all others positive or all negative.
    expect(pairedTest(SLEEP).flipP).to.equal(4 / 1024);
    expect(pairedTest([1, 1, 1, 1, 1]).flipP).to.equal(2 / 32);
    expect(pairedTest([1, -1]).flipP).to.equal(1);
    // 0.1 + 0.2 is not 0.3: sums that are equal but for rounding count as equal.
    expect(pairedTest([0.3, -0.1, -0.2]).flipP).to.equal(1);
    expect(pairedTest([0.3, 0.1, 0.2]).flipP).to.equal(pairedTest([3, 1, 2]).flipP);
  });

  it("draws ways beyond 16 pairs, the same each time, near the exact p", () => {
    const few = Array.from({ length: 16 }, (_, i) => Math.sin(i) + 0.3);
    const exact = pairedTest(few).flipP!;
    // A pair that differs by nothing changes no sum.
    const drawn = pairedTest([...few, 0]).flipP!;
    expect(drawn)
      .to.be.closeTo(exact, 0.006)
      .and.to.equal(pairedTest([...few, 0]).flipP);
  });

  it("leaves out what is no number, and says what cannot be told", () => {
    expect(pairedTest([1, Number.NaN, 2])).to.include({ pairs: 2, mean: 1.5 });
    expect(pairedTest([Number.NaN])).to.include({ pairs: 0, studentP: undefined, flipP: undefined });
    expect(pairedTest([3])).to.include({ pairs: 1, studentP: undefined, flipP: 1 });
    expect(pairedTest([2, 2, 2]).studentP).to.equal(undefined);
  });

  it("sees nothing in what rounding leaves", () => {
    const spent = differencesOf([20, 19.999999999, 20.000000001, 20], [19.999999999, 20, 20, 20]);
    expect(pairedTest(spent)).to.include({ mean: 0, above: 0, studentP: undefined, flipP: 1 });
    // The same difference in all pairs, but for its last digits.
    expect(pairedTest([2, 2 + 1e-12, 2 - 1e-12]).studentP).to.equal(undefined);
    expect(differencesOf([3, 1], [1, Number.NaN])).to.deep.equal([2, Number.NaN]);
  });

  it("calls chance a find no more often than its level", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 5, maxLength: 8 }),
        (sizes) => {
          // Of all 2^n ways to have signs, those that get p ≤ 0.1 are at most 0.1 of them.
          let called = 0;
          for (let signs = 0; signs < 2 ** sizes.length; signs++) {
            const flipped = sizes.map((size, i) => ((signs >> i) & 1 ? size : -size));
            if (pairedTest(flipped).flipP! <= 0.1) called++;
          }
          expect(called / 2 ** sizes.length).to.be.at.most(0.1);
        },
      ),
      { numRuns: 10 },
    );
  });
});

describe("holm", () => {
  it("is what R's p.adjust gives", () => {
    expect(holm([0.04, 0.01, 0.03, 0.02]).map((p) => Number(p.toFixed(12)))).to.deep.equal([
      0.06, 0.04, 0.06, 0.06,
    ]);
    expect(holm([0.5, 0.6])).to.deep.equal([1, 1]);
    expect(holm([0.01, Number.NaN])).to.deep.equal([0.01, Number.NaN]);
    expect(holm([])).to.deep.equal([]);
  });
});
