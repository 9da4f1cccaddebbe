import { expect } from "chai";

import { headerVouching } from "../../../relay/proofs/header/headerVouching.ts";
import { rejected } from "../thrown.ts";

describe("headerVouching", () => {
  /** Blocks with messages as they were read, and as the chain has them: hashes by number. */
  let read: Map<number, string>;
  let chain: Map<number, string>;

  const due = (place: number) => {
    const gateway = {
      name: "main",
      chainId: 1n,
      header: async (number: number) =>
        chain.has(number) ? { number, hash: chain.get(number)! } : undefined,
    };
    const leaves = {
      blocksAfter: (_: bigint, block: number, limit: number) =>
        [...read].flatMap(([number, hash]) => (number > block ? [{ number, hash }] : [])).slice(0, limit),
    };
    return headerVouching.due({ gateway, leaves } as never, { place, hash: `0x${place}` } as never, 9);
  };

  beforeEach(() => {
    read = new Map([4, 7].map((number) => [number, `0x${number}`]));
    chain = new Map([4, 7].map((number) => [number, `0x${number}`]));
  });

  it("attests what came after the last, and waits where nothing did", async () => {
    expect(await due(4)).to.deep.equal([{ place: 7, hash: "0x7" }]);
    expect(await due(7)).to.equal(undefined);
  });

  it("says that a chain was set back which no longer has what was attested last", async () => {
    read.delete(7);
    chain.delete(7);
    const error = await rejected(due(7));
    expect(error).to.include({
      code: "CHAIN_SET_BACK",
      shortMessage: "main has no block 7, which was attested.",
    });
    expect(error.next).to.contain("./freshet up --chains anvil");
  });

  it("waits for what is only read again", async () => {
    read.delete(7);
    expect(await due(7)).to.equal(undefined);
  });

  it("attests no other history", async () => {
    read.set(9, "0x9");
    chain.set(7, "0xother");
    expect((await rejected(due(7))).code).to.equal("WOULD_EQUIVOCATE");
  });
});
