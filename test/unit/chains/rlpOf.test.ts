import { expect } from "chai";
import { encodeRlp, hexlify } from "ethers";
import fc from "fast-check";

import { type RlpInput, rlpOf } from "../../../chains/proofs/rlpOf.ts";
import { runs } from "../../tier.ts";

type Hex = string | Hex[];

/** The same as ethers takes it. */
function hexOf(input: RlpInput): Hex {
  return input instanceof Uint8Array ? hexlify(input) : input.map(hexOf);
}

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 3 }),
  fc.uint8Array({ minLength: 50, maxLength: 60 }),
  fc.uint8Array({ minLength: 250, maxLength: 300 }),
);
const { input } = fc.letrec<{ input: RlpInput }>((tie) => ({
  input: fc.oneof({ depthSize: "small" }, bytes, fc.array(tie("input"), { maxLength: 6 })),
}));

describe("rlpOf", () => {
  it("encodes what ethers encodes", () => {
    fc.assert(
      fc.property(input, (value) => {
        expect(hexlify(rlpOf(value))).to.equal(encodeRlp(hexOf(value) as never));
      }),
      runs(300),
    );
  });

  it("encodes the logs of a block that a stranger filled", () => {
    const log = [new Uint8Array(20), [new Uint8Array(32), new Uint8Array(32)], new Uint8Array(32)];
    const item = rlpOf(log).length;
    const count = 50_000;
    // A list of so many: its prefix has one byte more than its length's digits.
    expect(rlpOf(Array.from({ length: count }, () => log))).to.have.length(count * item + 4);
  });
});
