import { expect } from "chai";
import { exactShare, type Share, shareOf, shareSchema } from "../../../numerics/Share.ts";

describe("Share", () => {
  it("is the simplest fraction that a number can stand for", () => {
    const wanted: [Share, string][] = [
      [0.29, "29/100"],
      [0.145, "29/200"],
      [0.00004, "1/25000"],
      [2 / 3, "2/3"],
      [5 / 7, "5/7"],
      [1 / 6, "1/6"],
      [0.6667, "6667/10000"],
      [1, "1"],
      [0, "0"],
      [0.5, "1/2"],
      ["2/3", "2/3"],
      ["4/6", "2/3"],
      ["0.6666666666666666", "3333333333333333/5000000000000000"],
      ["0.290", "29/100"],
    ];
    for (const [share, text] of wanted) expect(String(exactShare(share)), String(share)).to.equal(text);
  });

  it("takes all of a count of 1 to 4,000 for every fraction of it, however it is written", () => {
    for (let count = 1; count <= 4000; count += 37) {
      for (let part = 0; part <= count; part += 1 + (part % 11)) {
        expect(shareOf(part / count, count)).to.equal(part);
        expect(shareOf(`${part}/${count}`, count)).to.equal(part);
      }
    }
    for (let hundredth = 0; hundredth < 100; hundredth++) {
      expect(shareOf(hundredth / 100, 100)).to.equal(hundredth);
      expect(shareOf(Number(`0.${String(hundredth).padStart(2, "0")}`), 100)).to.equal(hundredth);
    }
  });

  it("takes numbers and texts within its ends", () => {
    const within = (share: unknown, zero: boolean, one: boolean) =>
      shareSchema({ zero, one }).safeParse(share).success;
    for (const share of [0.29, "2/3", 1e-320, 0.9999999999999999, "0.00004"]) {
      expect(within(share, false, false), String(share)).to.equal(true);
    }
    for (const zero of [0, "0", "0/5", "0.0"]) {
      expect([within(zero, true, true), within(zero, false, true)]).to.deep.equal([true, false]);
    }
    for (const one of [1, "1", "5/5", "1.0"]) {
      expect([within(one, true, true), within(one, true, false)]).to.deep.equal([true, false]);
    }
    const wrong = [
      1.1,
      -0.1,
      "3/2",
      "1/0",
      "-1/2",
      "1/2/3",
      "half",
      "",
      "1e-1",
      " 1/2",
      true,
      null,
      Number.NaN,
    ];
    for (const share of wrong) expect(within(share, true, true), String(share)).to.equal(false);
    expect(shareSchema({ zero: false, one: true }).parse("2/3")).to.equal("2/3");
  });

  it("refuses what is no share", () => {
    for (const share of [-1, Number.NaN, Number.POSITIVE_INFINITY, "x", "1/0"]) {
      expect(() => exactShare(share), String(share))
        .to.throw()
        .with.property("code", "NOT_A_NUMBER");
    }
  });
});
