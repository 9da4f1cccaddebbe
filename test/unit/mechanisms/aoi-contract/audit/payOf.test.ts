import { expect } from "chai";
import fc from "fast-check";

import { payOf } from "../../../../../mechanisms/aoi-contract/audit/payOf.ts";
import { settleCoverage } from "../../../../../mechanisms/aoi-contract/mathematics/settlement.ts";

const whole = {
  reward: 1003n,
  bonus: 7n,
  epochSeconds: 300n,
  coveredSeconds: 300n,
  acceptedRounds: 4n,
  rounds: 4n,
};

describe("audit: pay", () => {
  it("is the reward and the bonus for all of it, and the reading's 799 for 239 of 300 s", () => {
    expect(payOf(whole)).to.equal(1010n);
    expect(payOf({ ...whole, coveredSeconds: 239n })).to.equal(799n);
  });

  it("withholds the bonus for one second or one round less, and pays nothing when no round counts", () => {
    expect(payOf({ ...whole, coveredSeconds: 299n })).to.equal(999n);
    expect(payOf({ ...whole, acceptedRounds: 3n })).to.equal(752n);
    expect(payOf({ ...whole, acceptedRounds: 0n, rounds: 0n })).to.equal(0n);
  });

  it("never exceeds the item, whatever is reported", () => {
    expect(payOf({ ...whole, coveredSeconds: 10_000n, acceptedRounds: 99n })).to.equal(1010n);
  });

  it("is the incentives' pay when all rounds are accepted", () => {
    const amount = fc.bigInt({ min: 0n, max: 2n ** 96n - 1n });
    fc.assert(
      fc.property(
        amount,
        amount,
        fc.bigInt({ min: 1n, max: 1000n }),
        fc.bigInt({ min: 0n, max: 1000n }),
        (reward, bonus, epochSeconds, late) => {
          const coveredSeconds = late < epochSeconds ? epochSeconds - late : 0n;
          const commitSeconds = coveredSeconds === 0n ? [] : [late];
          const { pay } = settleCoverage(
            { startSeconds: 0n, epochSeconds, periodSeconds: epochSeconds, commitSeconds },
            { reward, bonus },
          );
          expect(payOf({ ...whole, reward, bonus, epochSeconds, coveredSeconds })).to.equal(pay);
        },
      ),
    );
  });

  it("is the floor of the exact share", () => {
    const many = fc.bigInt({ min: 1n, max: 2n ** 90n });
    const few = fc.bigInt({ min: 1n, max: 5000n });
    fc.assert(
      fc.property(many, few, few, few, few, (reward, epochSeconds, rounds, covered, accepted) => {
        const coveredSeconds = covered % epochSeconds;
        const acceptedRounds = accepted % rounds;
        const pay = payOf({ reward, bonus: 1n, epochSeconds, rounds, coveredSeconds, acceptedRounds });
        const share = reward * coveredSeconds * acceptedRounds;
        const all = epochSeconds * rounds;
        expect(pay * all <= share && share < (pay + 1n) * all).to.equal(true);
      }),
    );
  });
});
