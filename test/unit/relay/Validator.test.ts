import { expect } from "chai";

import { localKey } from "../../../chains/networks/localKeys.ts";
import { RpcRefusal } from "../../../chains/rpc/Rpc.ts";
import type { BaseError } from "../../../protocol/BaseError.ts";
import { checkpointSigner } from "../../../protocol/checkpoint.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import type { RelayEvent } from "../../../relay/RelayEvent.ts";
import { ValidatorStore } from "../../../relay/store/ValidatorStore.ts";
import { Validator } from "../../../relay/Validator.ts";
import { FakeChain, type FakeLog } from "./FakeChain.ts";

const CONFIRMATIONS = 2;
const POLL_MILLISECONDS = 1;
/** Polls after which a validator that could sign would have signed. */
const MANY_POLLS = 30;

describe("Validator", () => {
  let chain: FakeChain;
  let store: ValidatorStore;
  let validator: Validator;
  let events: RelayEvent[];
  let polls: number;

  const begin = (): void => {
    validator = new Validator(
      {
        chains: [
          {
            gateway: chain.gateway,
            fromBlock: 0,
            finality: { confirmations: CONFIRMATIONS },
            proofs: "checkpoint",
          },
        ],
        pollMilliseconds: POLL_MILLISECONDS,
      },
      {
        wallet: localKey("validator"),
        store,
        clock: {
          now: () => polls,
          sleep: async () => {
            polls++;
            await new Promise((resolve) => setImmediate(resolve));
          },
        },
        listener: (event) => events.push(event),
      },
    );
    validator.start();
  };
  /** Waits until the validator looked so often again. */
  const looks = async (times = MANY_POLLS): Promise<void> => {
    for (const until = polls + times; polls < until; ) await new Promise((resolve) => setImmediate(resolve));
  };
  const signed = () => validator.source.vouchers("checkpoint", chain.chainId, chain.address, 0);
  const final = () => chain.blocks[chain.blocks.length - 1 - CONFIRMATIONS]!;

  beforeEach(() => {
    chain = new FakeChain();
    store = new ValidatorStore(":memory:");
    events = [];
    polls = 0;
  });
  afterEach(async () => {
    await validator.stop();
    store.close();
  });

  it("signs at the end of every block with messages once it is final, and nothing before", async () => {
    begin();
    chain.mine({ send: 2 });
    await looks();
    expect(await signed()).to.deep.equal([]);
    chain.mine({ send: 1 });
    chain.mine();
    await looks();
    expect((await signed()).map(({ place }) => place)).to.deep.equal([1]);
    chain.mine();
    await looks();
    const all = await signed();
    expect(all.map(({ place }) => place)).to.have.members([1, 2]);
    const tree = new MerkleTree(final().leaves);
    for (const { place: index, hash: root, signature } of all) {
      expect(root).to.equal(tree.root(index + 1));
      const domain = { chainId: chain.chainId, gateway: chain.address };
      expect(checkpointSigner(domain, { index, root }, signature)).to.equal(validator.address);
    }
  });

  it("signs no root, catching up, that it has not compared with the gateway's own", async () => {
    for (let i = 0; i < 2300; i++) chain.mine({ send: i % 700 === 0 ? 1 : 0 });
    // A node that forgot old states, and leaves out the logs near its head: what it tells is numbered without a gap.
    const real = chain.head.leaves.length;
    chain.intercept = (method, params, node) => {
      const tag = params[1];
      if (method === "eth_call" && typeof tag === "object") {
        const { number } = chain.known((tag as { blockHash: string }).blockHash)!;
        if (chain.head.number - number > 128)
          throw new RpcRefusal("eth_call", { code: -32000, message: "missing trie node" });
      }
      if (method !== "eth_getLogs") return node();
      const logs = node() as FakeLog[];
      return logs.filter(({ blockNumber }) => Number(blockNumber) < 2000);
    };
    begin();
    await looks();
    expect(await signed()).to.deep.equal([]);
    expect(events.some(({ type }) => type === "trouble")).to.equal(true);
    chain.intercept = undefined;
    await looks();
    const [newest] = await signed();
    expect(newest!.place).to.equal(real - 1);
    expect(newest!.hash).to.equal(new MerkleTree(final().leaves).root());
  });

  it("signs nothing more for a chain that shows another history than the one it signed", async () => {
    begin();
    chain.mine({ send: ["0x01"] });
    for (let i = 0; i < CONFIRMATIONS; i++) chain.mine();
    await looks();
    const before = await signed();
    expect(before.map(({ place }) => place)).to.deep.equal([0]);
    chain.unwind(CONFIRMATIONS + 1);
    chain.mine({ send: ["0x02"] });
    chain.mine({ send: ["0x03"] });
    for (let i = 0; i < CONFIRMATIONS; i++) chain.mine();
    await looks();
    expect(await signed()).to.deep.equal(before);
    const trouble = events.filter(({ type }) => type === "trouble") as Extract<
      RelayEvent,
      { type: "trouble" }
    >[];
    expect(trouble.map(({ error }) => (error as { code?: string }).code)).to.deep.equal(["WOULD_EQUIVOCATE"]);
  });

  it("says once that a chain was set back behind what it signed, and what helps, and again when it goes on otherwise", async () => {
    const told = () =>
      events.flatMap((event) => (event.type === "trouble" ? [event.error as BaseError] : []));
    begin();
    for (let i = 0; i < 6; i++) {
      chain.mine({ send: 1 });
      await looks(3);
    }
    await looks();
    const before = await signed();
    expect(before.map(({ place }) => place)).to.deep.equal([3, 2, 1, 0]);
    // Its node was killed, and goes on from what it had saved.
    chain.unwind(4);
    chain.mine();
    for (let i = 0; i < CONFIRMATIONS; i++) chain.mine();
    await looks();
    expect(told().map(({ code }) => code)).to.deep.equal(["CHAIN_SET_BACK"]);
    expect(told()[0]!.shortMessage).to.equal("main has no message 3, which was signed.");
    expect(told()[0]!.details).to.equal("Of 4 messages that were signed it has 2");
    expect(told()[0]!.next).to.contain("./freshet up --chains anvil");
    for (let i = 0; i < 4; i++) chain.mine({ send: ["0x0a"] });
    await looks();
    expect(told().map(({ code }) => code)).to.deep.equal(["CHAIN_SET_BACK", "WOULD_EQUIVOCATE"]);
    expect(told()[1]!.next).to.contain("./freshet up --chains anvil");
    expect(await signed()).to.deep.equal(before);
  });

  it("goes on with a chain that was set back to no further than what it signed", async () => {
    begin();
    chain.mine({ send: 1 });
    for (let i = 0; i < 5; i++) {
      chain.mine();
      await looks(3);
    }
    expect((await signed()).map(({ place }) => place)).to.deep.equal([0]);
    chain.unwind(4);
    chain.mine({ send: 1 });
    for (let i = 0; i < CONFIRMATIONS; i++) chain.mine();
    await looks();
    expect((await signed()).map(({ place }) => place)).to.deep.equal([1, 0]);
    expect(events.filter(({ type }) => type === "trouble")).to.deep.equal([]);
  });
});
