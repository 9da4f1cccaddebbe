import { expect } from "chai";

import { findCall } from "../../../audit/evidence/findCall.ts";
import { contracts } from "../../../protocol/contracts.ts";

const { LearningSubchain } = contracts;
const word = (byte: string) => `0x${byte.repeat(32)}`;
const reveal = (update: string) => {
  const opening = { update: word(update), samples: 3, engine: word("e1"), salt: word("5a") };
  return LearningSubchain.encodeCall("reveal", [1n, 2, opening, "0xe71d", "0x"]);
};

describe("audit: finding a call in calldata", () => {
  const find = (data: string, update: string) =>
    findCall(data, LearningSubchain, "reveal", ({ opening }) => opening.update === word(update));

  it("finds the transaction's own call", () => {
    const found = find(reveal("aa"), "aa");
    expect(found?.opening.salt).to.equal(word("5a"));
    expect(found?.evidence).to.equal("0xe71d");
  });

  it("finds the one that is meant among several in a batch", () => {
    const batch = `0x12345678${reveal("aa").slice(2)}${reveal("bb").slice(2)}`;
    expect(find(batch, "bb")?.opening.update).to.equal(word("bb"));
  });

  it("finds nothing where there is nothing", () => {
    expect(find("0x", "aa")).to.equal(undefined);
    expect(find(reveal("aa"), "bb")).to.equal(undefined);
    expect(find(reveal("aa").slice(0, 40), "aa")).to.equal(undefined);
    // The selector half a byte off is none.
    expect(find(`0x0${reveal("aa").slice(2)}0`, "aa")).to.equal(undefined);
  });
});
