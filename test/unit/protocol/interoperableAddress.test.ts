import { expect } from "chai";

import { BaseError } from "../../../protocol/BaseError.ts";
import { formatInteroperable, parseInteroperable } from "../../../protocol/interoperableAddress.ts";

const address = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045";
const account = address.slice(2).toLowerCase();

describe("interoperableAddress", () => {
  it("writes the example of ERC-7930: Ethereum's main net", () => {
    expect(formatInteroperable({ chainId: 1n, address })).to.equal(`0x00010000010114${account}`);
  });

  it("writes chain ids in the fewest bytes", () => {
    expect(formatInteroperable({ chainId: 31_401n, address })).to.equal(`0x00010000027aa914${account}`);
    expect(formatInteroperable({ chainId: 256n, address })).to.equal(`0x0001000002010014${account}`);
  });

  const wrong = {
    "another version": `0x00020000010114${account}`,
    "another kind of chain": `0x00010002010114${account}`,
    "an address of 19 bytes": `0x00010000010113${account.slice(2)}`,
    "no address": "0x000100000101" + "00",
    "bytes left over": `0x00010000010114${account}00`,
    "a length that is not that of the chain id": `0x00010000020114${account}`,
    "nothing at all": "0x",
    "no bytes": "what?",
    "half a byte": "0x0",
  };
  for (const [what, value] of Object.entries(wrong)) {
    it(`refuses ${what}`, () => {
      expect(() => parseInteroperable(value))
        .to.throw(BaseError)
        .with.property("code", "NOT_INTEROPERABLE");
    });
  }
});
