import { expect } from "chai";
import fc from "fast-check";

import {
  decodeChoice,
  decodeTerms,
  decodeTotals,
  decodeWork,
  encodeChoice,
  encodeTerms,
  encodeTotals,
  encodeWork,
} from "../../../../mechanisms/aoi-contract/encodings.ts";
import { BaseError } from "../../../../protocol/BaseError.ts";

const uint = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });
const small = (bits: number) => uint(bits).map(Number);
const item = fc.record({ period: small(32), reward: uint(96), cost: uint(96) });
const anyBytes = fc.uint8Array({ maxLength: 200 }).map((value) => `0x${Buffer.from(value).toString("hex")}`);

/** Reads back what was written; of any other bytes nothing comes out that would be written otherwise. */
function readsBack<T>(made: fc.Arbitrary<T>, encode: (value: T) => string, decode: (bytes: string) => T) {
  return () => {
    fc.assert(
      fc.property(made, (value) => {
        expect(decode(encode(value))).to.deep.equal(value);
      }),
    );
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        try {
          decode(bytes);
        } catch (error) {
          expect(error).to.be.instanceOf(BaseError).with.property("code", "MALFORMED_DATA");
        }
      }),
    );
  };
}

describe("AoI contract's encodings (property)", () => {
  it(
    "read back terms",
    readsBack(
      fc.record({ bonus: uint(96), menu: fc.array(item, { maxLength: 20 }) }),
      encodeTerms,
      decodeTerms,
    ),
  );
  it("read back a choice", readsBack(fc.record({ item: small(16) }), encodeChoice, decodeChoice));
  it(
    "read back work",
    readsBack(
      fc.record({ item: small(16), coveredSeconds: uint(64), ageSquares: uint(128) }),
      encodeWork,
      decodeWork,
    ),
  );
  it(
    "read back totals",
    readsBack(fc.record({ coveredSeconds: uint(128), ageSquares: uint(128) }), encodeTotals, decodeTotals),
  );
});
