import { expect } from "chai";
import fc from "fast-check";

import { ageOf, type TimedSale } from "../../../../mechanisms/model-trading/audit/ageOf.ts";
import { payOf } from "../../../../mechanisms/model-trading/audit/payOf.ts";

/** A worker's honest sales, a round a period, and the terms that they are paid by. */
const drawn = fc
  .record({
    periodMs: fc.integer({ min: 2000, max: 100_000 }),
    delays: fc.array(
      fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
      {
        minLength: 1,
        maxLength: 12,
      },
    ),
    slack: fc.double({ min: 0, max: 0.5, noNaN: true }),
    samples: fc.integer({ min: 1, max: 10_000 }),
    omegaPpb: fc.integer({ min: 1, max: 2_000_000_000 }),
    thetaPpb: fc.integer({ min: 1, max: 1_000_000_000 }),
    leastTheta: fc.integer({ min: 1, max: 1_000_000_000 }),
    mostOmega: fc.integer({ min: 1, max: 2_000_000_000 }),
    cap: fc.bigInt({ min: 1n, max: 10n ** 24n }),
    accepted: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ delays, periodMs, slack, accepted, ...others }) => {
    const startSlackMs = Math.floor(slack * periodMs);
    const sales = delays.map(([begun, took], r): TimedSale => {
      const begunMs = r * periodMs + Math.floor(begun * startSlackMs);
      return { begunMs, receivedMs: begunMs + Math.floor((took * periodMs) / 2) };
    });
    return { ...others, periodMs, startSlackMs, sales, accepted: Math.round(accepted * sales.length) };
  });
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

/** What is paid for some sales, samples and scores. */
function pay(
  { periodMs, leastTheta, mostOmega, cap, accepted }: Drawn,
  { sales, samples, omegaPpb, thetaPpb }: Pick<Drawn, "sales" | "samples" | "omegaPpb" | "thetaPpb">,
  most = cap,
): bigint {
  return payOf({
    terms: { periodMs, leastTheta, mostOmega, cap: most, scale: 10n ** 9n, dataWeight: 10n ** 15n },
    maxSamples: 10_000,
    work: {
      price: 10n ** 18n,
      samples: BigInt(samples * sales.length),
      sales: sales.length,
      ...ageOf(sales),
    },
    score: { omegaPpb, thetaPpb },
    acceptedRounds: accepted,
    countedRounds: sales.length,
  });
}
const NO_CAP = 2n ** 127n;

/** Mean age, ms, as a number. */
function age(sales: readonly TimedSale[], periodMs: number): number {
  const { spanMs, ageMs2, firstDelayMs } = ageOf(sales);
  return spanMs === 0 ? periodMs / 2 + firstDelayMs : Number(ageMs2) / (2 * spanMs);
}

describe("what a model trader gains by lying", () => {
  it("in when it began: an age that is lower by the slack at most", () => {
    fc.assert(
      fc.property(drawn, ({ sales, startSlackMs, periodMs }) => {
        const late = sales.map(({ receivedMs }, r): TimedSale => {
          const latest = r * periodMs + startSlackMs;
          return { begunMs: Math.min(latest, receivedMs), receivedMs };
        });
        const gained = age(sales, periodMs) - age(late, periodMs);
        expect(gained >= -1e-6 && gained <= startSlackMs + 1e-6).to.equal(true);
      }),
    );
  });

  it("without the publisher's signature: no more than the second that blocks are coarse", () => {
    fc.assert(
      fc.property(drawn, fc.integer({ min: 0, max: 999 }), (given, into) => {
        const { sales, periodMs } = given;
        // Rounds open at whole seconds; the commit's block is of the second in which the update was there, or later.
        const dated = sales.map(
          ({ receivedMs }, r): TimedSale => ({
            begunMs: r * periodMs,
            receivedMs: Math.ceil((receivedMs + into) / 1000) * 1000,
          }),
        );
        const single = given.sales.slice(0, 1);
        expect(age(dated.slice(0, 1), periodMs) >= age(single, periodMs)).to.equal(true);
        // Every sale is begun earlier and received later; only the time that is averaged over shifts, by less than a second.
        expect(age(dated, periodMs) + 1000 >= age(sales, periodMs)).to.equal(true);
      }),
    );
  });

  it("in samples: no more than ln allows for the most that a reveal may state", () => {
    fc.assert(
      fc.property(drawn, (given) => {
        const honest = pay(given, given, NO_CAP);
        const lied = pay(given, { ...given, samples: 4_294_967_295 }, NO_CAP);
        const rounds = given.sales.length;
        const ratio = Math.log1p(1e-3 * 10_000 * rounds) / Math.log1p(1e-3 * given.samples * rounds);
        expect(Number(lied) <= Number(honest) * ratio * (1 + 1e-9) + 2 * ratio).to.equal(true);
      }),
    );
  });

  it("in ω and θ, had it the aggregators' majority: no more than the terms' bounds", () => {
    fc.assert(
      fc.property(drawn, (given) => {
        const lied = pay(given, { ...given, omegaPpb: 4_294_967_295, thetaPpb: 0 }, NO_CAP);
        const bounded = pay(
          given,
          { ...given, omegaPpb: given.mostOmega, thetaPpb: given.leastTheta },
          NO_CAP,
        );
        expect(lied).to.equal(bounded);
      }),
    );
  });

  it("in anything: never more than its cap, nor than the part of the rounds that took its updates", () => {
    fc.assert(
      fc.property(drawn, (given) => {
        const lied = pay(given, { ...given, omegaPpb: 4_294_967_295, thetaPpb: 0, samples: 4_294_967_295 });
        expect(lied <= (given.cap * BigInt(given.accepted)) / BigInt(given.sales.length)).to.equal(true);
      }),
    );
  });
});
