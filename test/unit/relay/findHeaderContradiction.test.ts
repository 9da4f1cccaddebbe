import { readFileSync } from "node:fs";

import { expect } from "chai";
import type { GatewayClient } from "../../../chains/clients/GatewayClient.ts";
import { RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { findHeaderContradiction } from "../../../relay/proofs/header/findHeaderContradiction.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { rejected } from "../thrown.ts";
import { blockHash, mark, message, ORIGIN } from "./samples.ts";

// A block of a real chain and what its node said of it.
const { recorded, block } = JSON.parse(
  readFileSync(new URL("../../vectors/headers.json", import.meta.url), "utf8"),
) as {
  block: { hash: string; header: string };
  recorded: { block: { number: string; parentHash: string } };
};
const NUMBER = Number(recorded.block.number);

/** A chain whose one known block is the recorded one; others have made-up hashes. */
function origin(knows: () => unknown = () => recorded.block): GatewayClient {
  const hashes: Record<number, string> = { [NUMBER]: block.hash, [NUMBER - 1]: recorded.block.parentHash };
  return {
    chainId: ORIGIN,
    name: "origin",
    header: async (number: number) => ({ number, hash: hashes[number] ?? blockHash(number) }),
    rpc: { request: async (_method: string, [hash]: string[]) => (hash === block.hash ? knows() : null) },
  } as never;
}

describe("findHeaderContradiction", () => {
  let store: RelayerStore;
  beforeEach(() => {
    store = new RelayerStore(":memory:");
  });
  afterEach(() => store.close());

  const attest = (number: number, hash: string) => {
    const attested = { place: number, hash, signatures: { a: "b" } };
    store.facts.keep("header", ORIGIN, attested);
    return attested;
  };
  const later = () => attest(NUMBER, block.hash);

  it("finds nothing among blocks of one chain", async () => {
    expect(await findHeaderContradiction(origin(), store.facts)).to.equal(undefined);
    attest(NUMBER - 1, recorded.block.parentHash);
    later();
    attest(NUMBER + 9, blockHash(NUMBER + 9));
    expect(await findHeaderContradiction(origin(), store.facts)).to.equal(undefined);
  });

  it("finds two blocks of one number", async () => {
    const two = [later(), attest(NUMBER, blockHash(NUMBER, "fork"))];
    const found = (await findHeaderContradiction(origin(), store.facts))!;
    expect([found.later, found.earlier]).to.have.deep.members(two);
    expect(found.headers).to.deep.equal([]);
  });

  it("finds a block that a later one does not descend from, with the headers between", async () => {
    const earlier = attest(NUMBER - 1, blockHash(NUMBER - 1, "fork"));
    expect(await findHeaderContradiction(origin(), store.facts)).to.equal(undefined);
    const after = later();
    expect(await findHeaderContradiction(origin(), store.facts)).to.deep.equal({
      later: after,
      earlier,
      headers: [block.header],
    });
  });

  it("leaves out what the chain's node does not know, and what is too far apart", async () => {
    attest(NUMBER - 1, blockHash(NUMBER - 1, "fork"));
    later();
    expect(
      await findHeaderContradiction(
        origin(() => null),
        store.facts,
      ),
    ).to.equal(undefined);
    const far = new RelayerStore(":memory:");
    far.facts.keep("header", ORIGIN, { place: 1, hash: blockHash(1, "fork"), signatures: {} });
    far.facts.keep("header", ORIGIN, { place: 200, hash: block.hash, signatures: {} });
    expect(await findHeaderContradiction(origin(), far.facts)).to.equal(undefined);
    far.close();
  });

  it("passes on that no node answers", async () => {
    attest(NUMBER - 1, blockHash(NUMBER - 1, "fork"));
    later();
    const silent = origin(() => {
      throw new RpcUnavailable("No endpoint of origin answers.");
    });
    expect((await rejected(findHeaderContradiction(silent, store.facts))).code).to.equal("RPC_UNAVAILABLE");
  });

  it("takes a block in which a message is known for one of the chain, until the chain is reorganized", async () => {
    store.advance(ORIGIN, mark(NUMBER - 1), [message(0, { block: NUMBER - 1 })], []);
    const earlier = attest(NUMBER - 1, blockHash(NUMBER - 1));
    const after = later();
    expect(store.facts.strays("header", ORIGIN, 9)).to.deep.equal([after]);
    store.rewind(ORIGIN, undefined);
    expect(store.facts.strays("header", ORIGIN, 9)).to.deep.equal([after, earlier]);
    expect(store.facts.fact("header", ORIGIN, NUMBER - 1, blockHash(NUMBER - 1))).to.deep.equal(earlier);
    expect(await findHeaderContradiction(origin(), store.facts)).to.deep.include({ later: after, earlier });
  });
});
