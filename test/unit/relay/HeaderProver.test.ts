import { expect } from "chai";
import { Wallet } from "ethers";

import type { GatewayClient } from "../../../chains/clients/GatewayClient.ts";
import { systemClock } from "../../../protocol/Clock.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { HeaderProver } from "../../../relay/proofs/header/HeaderProver.ts";
import { headerVouching } from "../../../relay/proofs/header/headerVouching.ts";
import type { VoucherSource } from "../../../relay/proofs/VoucherSource.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { announcement, blockHash, mark, message, ORIGIN } from "./samples.ts";

const before = new Wallet(`0x${"11".repeat(32)}`);
const after = new Wallet(`0x${"22".repeat(32)}`);
const setOf = ({ address }: Wallet) => ({ threshold: 1, validators: [address] });
const origin = { chainId: ORIGIN, name: "origin", address: `0x${"ab".repeat(20)}` } as GatewayClient;
/** Blocks with a message each. */
const BLOCKS = 600;
/** Vouchers that a validator gives at once. */
const AT_ONCE = 256;

describe("HeaderProver", function () {
  this.timeout(120_000);
  let store: RelayerStore;

  beforeEach(() => {
    store = new RelayerStore(":memory:");
    const sent = Array.from({ length: BLOCKS }, (_, nonce) => message(nonce));
    store.advance(ORIGIN, mark(BLOCKS), sent, []);
    for (const { blockNumber: place, blockHash: hash } of sent)
      store.facts.keep("header", ORIGIN, { place, hash, signatures: { [before.address]: "0x" } });
  });
  afterEach(() => store.close());

  /** A validator that attested every block. */
  const source = (wallet: Wallet): VoucherSource => ({
    validator: wallet.address,
    vouchers: async (_kind, chainId, gateway, from) =>
      Promise.all(
        Array.from({ length: Math.min(AT_ONCE, Math.max(0, BLOCKS - from)) }, async (_, i) => {
          const fact = { place: from + i, hash: blockHash(from + i) };
          return { ...fact, signature: await headerVouching.sign(wallet, { chainId, gateway }, fact) };
        }),
      ),
  });

  it("proves a hidden message by whichever of its announcements is attested", async () => {
    const validator = source(after);
    const prover = new HeaderProver({
      // Overlooked the first.
      sources: [
        {
          ...validator,
          vouchers: async (...asked) =>
            (await validator.vouchers(...asked)).filter(({ place }) => place > 20),
        },
      ],
      store,
      clock: systemClock,
      listener: () => undefined,
    });
    const prepare = () => {
      const waiting = [5, 7].map((nonce) => store.messages.message(ORIGIN, nonce)!);
      return prover.prepare({ origin, tree: new MerkleTree(), set: setOf(after), waiting, asker: "a" });
    };
    store.announcements.hide(store.messages.message(ORIGIN, 7)!, mark(7), "It is too large.");
    expect(await prepare()).to.equal(undefined);
    store.advance(ORIGIN, mark(BLOCKS + 1), [], [], [announcement(7, 19), announcement(7, 30)]);
    for (let polls = 0; polls < 3; polls++) {
      const found = await prepare();
      if (found !== undefined) return expect(found.messages.map(({ nonce }) => nonce)).to.deep.equal([7]);
    }
    expect.fail("three polls did not prove it");
  });

  it("proves a message behind 500 blocks of a stranger's after a rotation of validators", async () => {
    const prover = new HeaderProver({
      sources: [source(after)],
      store,
      clock: systemClock,
      listener: () => undefined,
    });
    const waiting = [store.messages.message(ORIGIN, 550)!];
    for (let polls = 0; polls < 5; polls++) {
      const found = await prover.prepare({
        origin,
        tree: new MerkleTree(),
        set: setOf(after),
        waiting,
        asker: "a",
      });
      if (found !== undefined) return expect(found.messages).to.deep.equal(waiting);
    }
    expect.fail("five polls did not prove it");
  });
});
