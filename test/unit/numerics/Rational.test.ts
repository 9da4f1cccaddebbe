import { expect } from "chai";
import { Rational } from "../../../numerics/Rational.ts";

describe("Rational", () => {
  it("reads what it prints, exactly", () => {
    expect(Rational.from(0.7).times(10n).ceil()).to.equal(7n);
    expect(String(Rational.from("-2/6"))).to.equal("-1/3");
    expect(String(Rational.from("1.5e-3"))).to.equal("3/2000");
    expect(String(Rational.from("2E3"))).to.equal("2000");
    expect(Rational.from("-7/2").ceil()).to.equal(-3n);
    expect(Rational.from("7/2").ceil()).to.equal(4n);
    expect(Rational.from("1/3").toNumber()).to.equal(1 / 3);
    expect(Rational.from(0.009000000000000001).toNumber()).to.equal(0.009000000000000001);
  });

  it("refuses what is no number", () => {
    for (const text of ["", "x", "1/2/3", "1e9999", "0x10", "NaN", "1".repeat(1001)]) {
      expect(() => Rational.from(text), text.slice(0, 20))
        .to.throw()
        .with.property("code", "NOT_A_NUMBER");
    }
    expect(() => Rational.from("1/0"))
      .to.throw()
      .with.property("code", "DIVISION_BY_ZERO");
  });
});
