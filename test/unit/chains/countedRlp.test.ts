import { decode } from "@ethereumjs/rlp";
import { expect } from "chai";

import { countedRlp } from "../../../chains/proofs/countedRlp.ts";
import { rlpOf } from "../../../chains/proofs/rlpOf.ts";

describe("countedRlp", () => {
  it("reads what is honest", () => {
    const lists = [
      Buffer.alloc(3, 1),
      [],
      [Buffer.alloc(0), [Buffer.alloc(70, 2), [Buffer.alloc(300, 3)]], Buffer.of(5), Buffer.alloc(70_000)],
      Array.from({ length: 64 }, () => Buffer.of(1)),
    ];
    for (const list of lists) expect(countedRlp(rlpOf(list))).to.deep.equal(decode(rlpOf(list)));
  });

  it("makes no item of what has too many", () => {
    const many = rlpOf(Array.from({ length: 1000 }, () => Buffer.of(1)));
    expect(() => countedRlp(many)).to.throw(RangeError, "more than 314 pieces in 1003 bytes");
    // Lists within lists count as well.
    expect(() => countedRlp(Buffer.alloc(2 ** 24, 0xc1))).to.throw(RangeError, "pieces");
    let deep: Uint8Array = Buffer.alloc(0);
    for (let i = 0; i < 100; i++) deep = rlpOf([deep, Buffer.alloc(8)]);
    expect(() => countedRlp(deep)).not.to.throw();
  });

  it("refuses what is cut off", () => {
    const whole = rlpOf([Buffer.alloc(100), Buffer.alloc(3)]);
    for (const length of [0, 1, 2, 50, whole.length - 1]) {
      if (length > 0) expect(() => countedRlp(whole.subarray(0, length))).to.throw(Error);
    }
  });
});
