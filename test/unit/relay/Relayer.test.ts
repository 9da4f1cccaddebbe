import { expect } from "chai";
import { Interface, Wallet } from "ethers";

import { RpcRefusal } from "../../../chains/rpc/Rpc.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { checkpointVouching } from "../../../relay/proofs/checkpoint/checkpointVouching.ts";
import type { RelayEvent } from "../../../relay/RelayEvent.ts";
import { Relayer } from "../../../relay/Relayer.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { FakeChain } from "./FakeChain.ts";
import { NoticeBoard } from "./NoticeBoard.ts";

const wallet = new Wallet(`0x${"31".repeat(32)}`);
const signer = new Wallet(`0x${"32".repeat(32)}`);
const GATEWAY = new Interface(contracts.Gateway.abi);
const HOUR = 3_600_000;

describe("Relayer", () => {
  let origins: FakeChain[];
  let destination: FakeChain;
  let store: RelayerStore;
  let clock: VirtualClock;
  let events: RelayEvent[];
  let board: NoticeBoard;
  let relayer: Relayer;

  beforeEach(() => {
    origins = [
      new FakeChain({ name: "first", chainId: 71n }),
      new FakeChain({ name: "second", chainId: 73n }),
    ];
    destination = new FakeChain({ name: "relay", chainId: 72n });
    destination.validators = { threshold: 1, validators: [signer.address] };
    store = new RelayerStore(":memory:");
    clock = new VirtualClock(1_000_000);
    events = [];
    board = new NoticeBoard([signer.address]);
    relayer = new Relayer(
      {
        chains: [...origins, destination].map(({ gateway }) => ({
          gateway,
          fromBlock: 0,
          finality: { confirmations: 1 },
          applications: undefined,
        })),
        pollMilliseconds: 100,
      },
      {
        wallet,
        sources: board.sources,
        store,
        clock,
        random: { uniform: () => 0.5, integer: () => 0 },
        listener: (event) => events.push(event),
      },
    );
  });
  afterEach(async () => {
    const stopped = relayer.stop();
    await clock.advance(1000);
    await stopped;
    store.close();
  });

  /** Signs each outbox as it is now. */
  async function sign(): Promise<void> {
    // One source answers for all chains, so what it says must fit the question.
    board.pass(signer.address, {
      ...board.source(signer.address),
      vouchers: async (_kind, chainId) => {
        const chain = origins.find((one) => one.chainId === chainId);
        if (chain === undefined || chain.head.leaves.length === 0) return [];
        const place = chain.head.leaves.length - 1;
        const fact = { place, hash: new MerkleTree(chain.head.leaves).root() };
        const domain = { chainId, gateway: chain.address };
        return [{ ...fact, signature: await checkpointVouching.sign(signer, domain, fact) }];
      },
    });
  }

  /** Lets time pass, with a block now and then. */
  async function pass(milliseconds: number, every = 1000): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += every) {
      await clock.advance(every);
      destination.mine();
    }
  }
  const isDelivered = (origin: FakeChain, nonce: number) =>
    destination.head.delivered.has(`${origin.chainId}/${nonce}`);
  const submissions = () => events.filter(({ type }) => type === "submission-sent").length;

  it("delivers what was sent, all messages of a block in one transaction", async () => {
    const [first, second] = origins as [FakeChain, FakeChain];
    first.mine({ send: 5 });
    second.mine({ send: 1 });
    await sign();
    relayer.start();
    await pass(5000);
    for (let nonce = 0; nonce < 5; nonce++) expect(isDelivered(first, nonce)).to.equal(true);
    expect(isDelivered(second, 0)).to.equal(true);
    expect(submissions()).to.equal(2);
    expect(events.filter((event) => event.type === "message-delivered" && event.own)).to.have.length(6);
  });

  it("is not held up by a chain from which there is no route", async () => {
    const [first, second] = origins as [FakeChain, FakeChain];
    destination.routeless.add(first.chainId);
    first.mine({ send: 1 });
    second.mine({ send: 1 });
    await sign();
    relayer.start();
    await pass(3000);
    expect(isDelivered(second, 0)).to.equal(true);
    for (let i = 1; i <= 3; i++) {
      second.mine({ send: 1 });
      await pass(1000);
      expect(isDelivered(second, i)).to.equal(true);
    }
    const codes = events.flatMap((event) =>
      event.type === "trouble" ? [(event.error as { code?: string }).code] : [],
    );
    expect(new Set(codes)).to.deep.equal(new Set(["NO_ROUTE"]));
    expect(codes).to.have.length.below(10);
    // Once there is one, what waited goes.
    destination.routeless.clear();
    await pass(8000);
    expect(isDelivered(first, 0)).to.equal(true);
  });

  it("pays ever less often for a recipient that accepts when it is asked and refuses in the block", async () => {
    const [first] = origins as [FakeChain];
    const honest = (method: string, _: readonly unknown[], node: () => unknown) => {
      if (method !== "eth_call") return node();
      destination.refusing.delete(0);
      const answer = node();
      destination.refusing.add(0);
      return answer;
    };
    destination.intercept = honest;
    destination.refusing.add(0);
    first.mine({ send: 1 });
    await sign();
    relayer.start();
    await pass(HOUR / 12, 3000);
    expect(submissions()).to.be.within(5, 20);
    const failure = events.findLast((event) => event.type === "delivery-failed");
    expect(failure).to.include({ type: "delivery-failed", isPermanent: true });
    expect(store.messages.message(first.chainId, 0)).to.include({
      isOpen: true,
      reason: "Its block refused the delivery.",
    });
    // Others are not held up, and it is delivered once it is accepted.
    first.mine({ send: 1 });
    await pass(4000);
    expect(isDelivered(first, 1)).to.equal(true);
    destination.intercept = undefined;
    destination.refusing.clear();
    store.messages.retry();
    await pass(4000);
    expect(isDelivered(first, 0)).to.equal(true);
  });

  it("is not held up by a message that wants more gas than a transaction can have", async () => {
    const [first] = origins as [FakeChain];
    const greedy = 1;
    destination.intercept = (method, params, node) => {
      if (method !== "eth_estimateGas") return node();
      const { data } = params[0] as { data: string };
      const call = GATEWAY.parseTransaction({ data })!;
      const messages = (call.name === "deliver" ? [call.args[1]] : call.args[1]) as { nonce: bigint }[];
      if (!messages.some(({ nonce }) => Number(nonce) === greedy)) return node();
      const refusal = call.name === "deliver" ? "0x" : GATEWAY.encodeErrorResult("TooFewDelivered", [2, 3]);
      throw new RpcRefusal(method, { code: 3, message: "execution reverted", data: refusal });
    };
    first.mine({ send: 3 });
    await sign();
    relayer.start();
    await pass(6000);
    expect([0, 1, 2].map((nonce) => isDelivered(first, nonce))).to.deep.equal([true, false, true]);
    expect(store.messages.message(first.chainId, greedy)).to.include({ isOpen: true, isPermanent: true });
    expect(events.filter(({ type }) => type === "trouble")).to.deep.equal([]);
  });

  it("pays for nothing that a stranger delivered", async () => {
    const [first] = origins as [FakeChain];
    first.mine({ send: 1 });
    destination.mine({ deliver: [{ origin: first.chainId, nonce: 0, id: first.head.leaves[0]! }] });
    await sign();
    relayer.start();
    await pass(4000);
    expect(submissions()).to.equal(0);
    expect(store.messages.message(first.chainId, 0)!.isOpen).to.equal(false);
    expect(store.deliveries.delivery(first.chainId, 0)!.isFinal).to.equal(true);
  });
});
