import { expect } from "chai";

import { ADDRESS, MESSAGE_ID, oneMeant } from "../../../protocol/abbreviated.ts";
import { shortAddress } from "../../../reports/shortAddress.ts";
import { thrown } from "../thrown.ts";

const ALICE = `0xD937${"0".repeat(32)}cEb8`;
const BOB = `0xD93A${"1".repeat(32)}cEb8`;
const ALL = [ALICE, BOB];

describe("oneMeant", () => {
  it("takes whole ones, their first digits, and what tables print", () => {
    const written = [
      ALICE,
      ALICE.toLowerCase(),
      "0xD937",
      "0xd937000",
      shortAddress(ALICE),
      "0xD937..cEb8",
      "0xD937…",
    ];
    for (const one of written) expect(oneMeant(one, ADDRESS, ALL), one).to.equal(ALICE);
    expect(oneMeant("0xD93A", ADDRESS, [...ALL, BOB])).to.equal(BOB);
  });

  it("finds none where none is meant", () => {
    for (const one of ["0xabc", `0x${"22".repeat(20)}`, "0xD937…0000"]) {
      expect(oneMeant(one, ADDRESS, ALL), one).to.equal(undefined);
    }
  });

  it("says when several can be meant, and which", () => {
    const error = thrown(() => oneMeant("0xD93", ADDRESS, ALL));
    expect(error.code).to.equal("AMBIGUOUS");
    expect(error.details).to.equal(`${ALICE}, ${BOB}.`);
  });

  it("says that it is no address, rather than that nobody has it", () => {
    for (const one of ["bob", "0x", "D937", "0xD937cEb8g", `${ALICE}0`, `0xD9…${"1".repeat(40)}`]) {
      const error = thrown(() => oneMeant(one, ADDRESS, ALL));
      expect(error.code, one).to.equal("NOT_AN_ADDRESS");
      expect(error.shortMessage).to.contain("is not an address.");
    }
    expect(thrown(() => oneMeant("7", MESSAGE_ID, [])).shortMessage).to.equal('"7" is not a message id.');
  });
});
