import type { AbiParameter } from "abitype";
import { expect } from "chai";
import { AbiCoder, getAddress, ParamType } from "ethers";
import fc from "fast-check";

import { enums } from "../../../protocol/abi/enums.ts";
import { abiDecoder } from "../../../protocol/abiDecoder.ts";

/** A parameter, a value for it, and what ethers encodes for that value. */
interface Drawn {
  parameter: AbiParameter;
  value: unknown;
  encoded: unknown;
}

const coder = AbiCoder.defaultAbiCoder();
const hex = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);
const plain = (type: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<Drawn> =>
  values.map((value) => ({ parameter: { type } as AbiParameter, value, encoded: value }));
const bits = fc.integer({ min: 1, max: 32 }).map((bytes) => 8 * bytes);
const unsigned = bits.chain((n) =>
  plain(
    `uint${n}`,
    fc.bigInt(0n, 2n ** BigInt(n) - 1n).map((value) => (n <= 48 ? Number(value) : value)),
  ),
);
const signed = bits.chain((n) => {
  const half = 2n ** BigInt(n - 1);
  return plain(
    `int${n}`,
    fc.bigInt(-half, half - 1n).map((value) => (n <= 48 ? Number(value) : value)),
  );
});
const fixed = fc.integer({ min: 1, max: 32 }).chain((length) => plain(`bytes${length}`, hex(length)));
const enumeration: fc.Arbitrary<Drawn> = fc.nat(enums.TaskStatus.length - 1).map((index) => ({
  parameter: { type: "uint8", internalType: "enum TaskStatus" },
  value: enums.TaskStatus[index],
  encoded: index,
}));
const leaf = fc.oneof(
  unsigned,
  signed,
  fixed,
  enumeration,
  plain("bool", fc.boolean()),
  plain("address", hex(20).map(getAddress)),
  plain("bytes", fc.nat(70).chain(hex)),
  plain("string", fc.string({ unit: "grapheme", maxLength: 40 })),
);
const { drawn } = fc.letrec<{ drawn: Drawn }>((tie) => ({
  drawn: fc.oneof({ maxDepth: 3, withCrossShrink: true }, leaf, tupleOf(tie("drawn")), arrayOf(tie("drawn"))),
}));

function tupleOf(members: fc.Arbitrary<Drawn>): fc.Arbitrary<Drawn> {
  return fc.array(members, { minLength: 1, maxLength: 4 }).map((each) => ({
    parameter: { type: "tuple", components: named(each) } as unknown as AbiParameter,
    value: Object.fromEntries(each.map(({ value }, i) => [`m${i}`, value])),
    encoded: each.map(({ encoded }) => encoded),
  }));
}

/** Elements of one type: copies of one value, and none; where there are some, at times of a fixed number. */
function arrayOf(elements: fc.Arbitrary<Drawn>): fc.Arbitrary<Drawn> {
  return fc
    .tuple(elements, fc.nat(3), fc.boolean())
    .map(([{ parameter, value, encoded }, length, isFixed]) => {
      const brackets = isFixed && length > 0 ? `[${length}]` : "[]";
      const { type, internalType } = parameter;
      return {
        parameter: {
          ...parameter,
          type: `${type}${brackets}`,
          ...(internalType === undefined ? {} : { internalType: `${internalType}${brackets}` }),
        } as AbiParameter,
        value: Array(length).fill(value),
        encoded: Array(length).fill(encoded),
      };
    });
}

function named(each: readonly Drawn[]): AbiParameter[] {
  return each.map(({ parameter }, i) => ({ ...parameter, name: `m${i}` }));
}

function encode(each: readonly Drawn[]): string {
  return coder.encode(
    named(each).map((parameter) => ParamType.from(parameter)),
    each.map(({ encoded }) => encoded),
  );
}

const several = fc.array(drawn, { minLength: 1, maxLength: 4 });

describe("abiDecoder (property)", () => {
  it("reads what ethers writes", () => {
    fc.assert(
      fc.property(several, (each) => {
        const expected = Object.fromEntries(each.map(({ value }, i) => [`m${i}`, value]));
        expect(abiDecoder(named(each))(encode(each))).to.deep.equal(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("refuses data that end too early", () => {
    fc.assert(
      fc.property(several, fc.nat(), (each, some) => {
        const data = encode(each);
        // Bytes need not be padded at the end.
        const cut = data.slice(0, data.length - 64 - (some % (data.length - 64)));
        try {
          abiDecoder(named(each))(cut);
        } catch (error) {
          expect(error).to.be.instanceOf(RangeError);
          return;
        }
        expect.fail("It was read.");
      }),
    );
  });

  it("reads or refuses whatever else it is given, as ethers does or more strictly", () => {
    fc.assert(
      fc.property(several, fc.array(hex(32), { maxLength: 12 }), (each, words) => {
        const data = `0x${words.map((word) => word.slice(2)).join("")}`;
        let read: unknown;
        try {
          read = abiDecoder(named(each))(data);
        } catch {
          return;
        }
        const parameters = named(each).map((parameter) => ParamType.from(parameter));
        const result = coder.decode(parameters, data);
        expect(Object.keys(read as object)).to.have.length(result.toArray(true).length);
      }),
    );
  });
});
