import { expect } from "chai";
import { getAddress } from "ethers";
import fc from "fast-check";

import { formatInteroperable, parseInteroperable } from "../../../protocol/interoperableAddress.ts";

const address = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes) => getAddress(`0x${Buffer.from(bytes).toString("hex")}`));

describe("interoperableAddress (property)", () => {
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }), address, (chainId, account) => {
        const written = formatInteroperable({ chainId, address: account });
        expect(parseInteroperable(written)).to.deep.equal({ chainId, address: account });
        expect(written).to.equal(written.toLowerCase());
      }),
    );
  });
});
