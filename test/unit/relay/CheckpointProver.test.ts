import { expect } from "chai";
import { Signature, Wallet } from "ethers";

import { BaseError } from "../../../protocol/BaseError.ts";
import { systemClock } from "../../../protocol/Clock.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { CheckpointProver } from "../../../relay/proofs/checkpoint/CheckpointProver.ts";
import { checkpointVouching } from "../../../relay/proofs/checkpoint/checkpointVouching.ts";
import type { Fact } from "../../../relay/proofs/Fact.ts";
import { proveMessage } from "../../../relay/proofs/proveMessage.ts";
import type { RelayEvent } from "../../../relay/RelayEvent.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { rejected } from "../thrown.ts";
import { FakeChain } from "./FakeChain.ts";
import { NoticeBoard } from "./NoticeBoard.ts";

const WALLETS = [1, 2, 3]
  .map((i) => new Wallet(`0x${String(i).repeat(64)}`))
  .sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
const SET = { threshold: 2, validators: WALLETS.map(({ address }) => address) };

describe("CheckpointProver", () => {
  let chain: FakeChain;
  let tree: MerkleTree;
  let board: NoticeBoard;
  let store: RelayerStore;
  let events: RelayEvent[];
  let collector: CheckpointProver;

  beforeEach(async () => {
    chain = new FakeChain();
    chain.mine({ send: 6 });
    tree = new MerkleTree(chain.head.leaves);
    board = new NoticeBoard(SET.validators);
    store = new RelayerStore(":memory:");
    const { sent } = await chain.gateway.events(0, chain.head.number);
    store.advance(chain.chainId, chain.head, sent, []);
    events = [];
    const listener = (event: RelayEvent) => events.push(event);
    collector = new CheckpointProver({ sources: board.sources, store, listener, clock: systemClock });
  });
  afterEach(() => store.close());

  const at = (index: number): Fact => ({ place: index, hash: tree.root(index + 1) });
  const sign = (wallet: Wallet, checkpoint: Fact) =>
    checkpointVouching.sign(wallet, { chainId: chain.chainId, gateway: chain.address }, checkpoint);
  const claim = async (who: number, checkpoint: Fact) =>
    board.claim(SET.validators[who]!, {
      ...checkpoint,
      signature: await sign(WALLETS[who]!, checkpoint),
    });
  const about = () => ({ origin: chain.gateway, tree, set: SET, asker: "a test" });
  const gather = (index = 0) => collector.gather({ ...about(), from: index });
  const best = () => collector.best(chain.chainId, SET);

  it("takes the newest checkpoint that enough have signed, with signatures in the set's order", async () => {
    for (const index of [1, 3]) for (const who of [2, 0]) await claim(who, at(index));
    await claim(1, at(5));
    await gather();
    expect(best()).to.deep.equal({
      ...at(3),
      signatures: [await sign(WALLETS[0]!, at(3)), await sign(WALLETS[2]!, at(3))],
    });
  });

  it("gives no more signatures than are wanted", async () => {
    for (const who of [0, 1, 2]) await claim(who, at(4));
    await gather();
    expect(best()!.signatures).to.have.length(2);
  });

  it("counts a validator once, however often it signed", async () => {
    for (let i = 0; i < 3; i++) await claim(1, at(4));
    await gather();
    expect(best()).to.equal(undefined);
  });

  it("takes a true signature although a false one of the same validator came with it", async () => {
    for (const signature of [`0x${"00".repeat(65)}`, "garbage"]) {
      board.claim(SET.validators[0]!, { ...at(4), signature });
    }
    await claim(0, at(4));
    await claim(1, at(4));
    board.claim(SET.validators[0]!, { ...at(4), signature: `0x${"00".repeat(65)}` });
    await gather();
    expect(best()!.signatures).to.have.length(2);
  });

  it("takes nothing older than what is wanted, and nothing that the outbox does not have yet", async () => {
    for (const who of [0, 1]) {
      await claim(who, at(1));
      await claim(who, { place: 9, hash: at(1).hash });
    }
    await gather(2);
    expect(best()).to.equal(undefined);
  });

  it("asks only those who count", async () => {
    let asked = 0;
    const stranger = `0x${"0f".repeat(20)}`;
    const listener = (event: RelayEvent) => events.push(event);
    const source = {
      validator: stranger,
      vouchers: async () => {
        asked++;
        return [];
      },
    };
    const prover = new CheckpointProver({ sources: [source], store, listener, clock: systemClock });
    await prover.gather({ ...about(), from: 0 });
    expect(asked).to.equal(0);
  });

  it("tells of a validator that fails once for each chain, until it answers again", async () => {
    const other = new FakeChain({ name: "other", chainId: 75n });
    const [validator] = SET.validators as [string];
    const away = () => Promise.reject(new BaseError("VALIDATOR_UNAVAILABLE", "It is away."));
    board.pass(validator, { validator, vouchers: away });
    const both = async () => {
      for (let i = 0; i < 3; i++) {
        await gather();
        await collector.gather({ ...about(), origin: other.gateway, tree: new MerkleTree(), from: 0 });
      }
    };
    await both();
    expect(events.map((event) => "chain" in event && event.chain)).to.deep.equal(["main", "other"]);
    board.pass(validator, undefined);
    await both();
    board.pass(validator, { validator, vouchers: away });
    await both();
    expect(events).to.have.length(4);
  });

  it("knows the signatures of a set that came after", async () => {
    for (const who of [0, 2]) await claim(who, at(4));
    await gather();
    const later = { threshold: 1, validators: [SET.validators[2]!] };
    expect(collector.best(chain.chainId, later)!.signatures).to.deep.equal([await sign(WALLETS[2]!, at(4))]);
    expect(collector.best(chain.chainId, { threshold: 1, validators: [SET.validators[1]!] })).to.equal(
      undefined,
    );
  });

  it("looks at few signatures of a validator that gives untrue ones, and leaves it alone for a while", async () => {
    const [liar] = SET.validators as [string];
    let asked = 0;
    let looked = 0;
    const vouchers = Array.from({ length: 6 }, (_, index) => at(index)).flatMap((fact) =>
      Array.from({ length: 40 }, () => ({
        ...fact,
        get signature() {
          looked++;
          return `0x${"01".repeat(65)}`;
        },
      })),
    );
    board.pass(liar, {
      validator: liar,
      vouchers: async () => {
        asked++;
        return vouchers;
      },
    });
    for (let index = 0; index < 6; index++) await claim(1, at(index));
    for (let i = 0; i < 20; i++) await gather();
    expect([asked, looked]).to.deep.equal([1, 8]);
    expect(events.map((event) => "error" in event && (event.error as BaseError).code)).to.deep.equal([
      "UNTRUE_SIGNATURES",
    ]);
    await claim(2, at(5));
    await gather();
    expect(best()!.place).to.equal(5);
  });

  it("keeps signatures in the one form that gateways take", async () => {
    for (const who of [0, 1]) {
      const { compactSerialized: signature } = Signature.from(await sign(WALLETS[who]!, at(4)));
      board.claim(SET.validators[who]!, { ...at(4), signature });
    }
    await gather();
    expect(best()!.signatures[0]).to.equal(await sign(WALLETS[0]!, at(4)));
  });

  describe("proveMessage", () => {
    const prove = (id: string, chains: readonly FakeChain[]) =>
      proveMessage(
        id,
        chains.map(({ gateway }) => ({ gateway, fromBlock: 0 })),
        { sources: board.sources },
      );

    it("says when a message is for no chain of the network, or for one without a route", async () => {
      const id = chain.head.leaves[2]!;
      expect((await rejected(prove(id, [chain]))).code).to.equal("NO_ROUTE");
      const destination = new FakeChain({ name: "relay", chainId: 72n });
      expect((await rejected(prove(id, [chain, destination]))).code).to.equal("NO_ROUTE");
      destination.validators = SET;
      const error = await rejected(prove(id, [destination, chain]));
      expect([error.code, error.retryable]).to.deep.equal(["NOT_PROVEN", true]);
      for (const who of [0, 1]) await claim(who, at(5));
      expect(await prove(id, [destination, chain])).to.deep.include({
        origin: 71n,
        destination: 72n,
        gateway: destination.address,
        isDelivered: false,
      });
    });

    it("says when no chain sent a message", async () => {
      expect((await rejected(prove(`0x${"ab".repeat(32)}`, [chain]))).code).to.equal("MESSAGE_NOT_FOUND");
    });
  });
});
