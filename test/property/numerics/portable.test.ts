import { expect } from "chai";
import fc from "fast-check";
import { portableExp } from "../../../numerics/portableExp.ts";
import { portableLog } from "../../../numerics/portableLog.ts";
import { runs } from "../../tier.ts";

/** A unit in the last place, or nearly so. */
const last = (value: number) => 2 ** -51 * Math.max(Math.abs(value), 2 ** -1000);

describe("portable exp and ln", () => {
  it("portableLog is within a unit in the last place of the engine's", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-308, max: 1e300, noNaN: true }), (x) => {
        expect(Math.abs(portableLog(x) - Math.log(x))).to.be.at.most(last(Math.log(x)));
      }),
      runs(2000),
    );
    expect(portableLog(0)).to.equal(Number.NEGATIVE_INFINITY);
    expect(portableLog(1)).to.equal(0);
    expect(portableLog(Number.POSITIVE_INFINITY)).to.equal(Number.POSITIVE_INFINITY);
    expect(portableLog(Number.NaN)).to.be.NaN;
  });

  it("portableExp is within a unit in the last place of the engine's", () => {
    fc.assert(
      fc.property(fc.double({ min: -700, max: 709.78, noNaN: true }), (x) => {
        expect(Math.abs(portableExp(x) - Math.exp(x))).to.be.at.most(last(Math.exp(x)));
      }),
      runs(2000),
    );
    expect(portableExp(0)).to.equal(1);
    expect(portableExp(-1e9)).to.equal(0);
    expect(portableExp(709.782712893384) / Number.MAX_VALUE).to.be.closeTo(1, 1e-12);
    expect(portableExp(709.783)).to.equal(Number.POSITIVE_INFINITY);
  });
});
