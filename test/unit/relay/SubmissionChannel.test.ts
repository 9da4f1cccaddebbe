import { expect } from "chai";
import { Transaction, Wallet } from "ethers";

import type { FinalityRule } from "../../../chains/clients/finality.ts";
import { toDeliverable } from "../../../chains/clients/GatewayClient.ts";
import { RpcRefusal, RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { type Settled, SubmissionChannel } from "../../../relay/delivery/SubmissionChannel.ts";
import type { RelayEvent } from "../../../relay/RelayEvent.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import type { Submission } from "../../../relay/store/SubmissionTable.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { rejected } from "../thrown.ts";
import { FakeChain } from "./FakeChain.ts";
import { DESTINATION, known, mark, message, ORIGIN } from "./samples.ts";

const MESSAGES = 40;
const RESEND = 3000;
const wallet = new Wallet(`0x${"31".repeat(32)}`);

describe("SubmissionChannel", () => {
  let chain: FakeChain;
  let store: RelayerStore;
  let clock: VirtualClock;
  let channel: SubmissionChannel;
  let events: RelayEvent[];

  const open = (finality: FinalityRule = { confirmations: 2 }): SubmissionChannel =>
    new SubmissionChannel(
      { finality },
      {
        gateway: chain.gateway,
        wallet,
        store,
        clock,
        listener: (event) => events.push(event),
      },
    );

  beforeEach(() => {
    chain = new FakeChain({ name: "relay", chainId: DESTINATION });
    store = new RelayerStore(":memory:");
    store.messages.knowApplications(undefined);
    store.advance(
      ORIGIN,
      mark(MESSAGES),
      Array.from({ length: MESSAGES }, (_, nonce) => message(nonce)),
      [],
    );
    clock = new VirtualClock(1_000_000);
    events = [];
    channel = open();
  });
  afterEach(() => store.close());

  const submit = (...nonces: number[]): Promise<number> => {
    const messages = nonces.map((nonce) => known(nonce));
    const data = chain.gateway.deliveryData(ORIGIN, messages.map(toDeliverable), "0x1234");
    return channel.submit(ORIGIN, messages, data, 500_000n);
  };
  const submissions = (): Submission[] => store.submissions.open(DESTINATION, wallet.address);
  const due = (): number[] =>
    store.messages
      .waiting(
        { origin: ORIGIN, destination: DESTINATION, lane: "network" },
        { now: Number.MAX_SAFE_INTEGER, limit: MESSAGES },
      )
      .map(({ nonce }) => nonce);
  const isDue = (nonce: number): boolean => due().includes(nonce);
  const stateOf = (nonce: number): string[] =>
    store.submissions.carrying(ORIGIN, DESTINATION, nonce).map(({ state }) => state);
  const broadcasts = (): string[] =>
    chain.asked
      .filter(({ method }) => method === "eth_sendRawTransaction")
      .map(({ params }) => Transaction.from(params[0] as string).hash!);
  /** Lets so much time pass that what is not in a block is sent again, then looks after it. */
  const later = async (milliseconds = RESEND): Promise<Settled[]> => {
    await clock.advance(milliseconds);
    return channel.tend();
  };
  /** Refuses transactions with a node's words. */
  const refusing = (text: string, code = -32000): void => {
    chain.intercept = (method, _, node) => {
      if (method !== "eth_sendRawTransaction") return node();
      throw new RpcRefusal(method, { code, message: text });
    };
  };

  it("has a transaction on the disk before it is sent", async () => {
    let kept: Submission[] = [];
    chain.intercept = (method, params, node) => {
      if (method === "eth_sendRawTransaction") {
        kept = submissions();
        expect(kept[0]!.variants[0]!.raw).to.equal(params[0]);
      }
      return node();
    };
    await submit(0, 1);
    expect(kept).to.have.length(1);
    expect(kept[0]!.messages.map(({ nonce }) => nonce)).to.deep.equal([0, 1]);
    expect(isDue(0) || isDue(1)).to.equal(false);
  });

  it("delivers, and is done once the block is final", async () => {
    await submit(0, 1);
    const { number, hash } = chain.mine();
    const [settled] = await channel.tend();
    expect(settled!.wasted).to.equal(false);
    expect(submissions()[0]!.block).to.deep.equal({ number, hash });
    expect(store.deliveries.delivery(ORIGIN, 1)).to.deep.include({ blockHash: hash, isFinal: false });
    expect(await channel.tend()).to.deep.equal([]);
    chain.mine();
    await channel.tend();
    expect(submissions()).to.have.length(1);
    chain.mine();
    await channel.tend();
    expect(submissions()).to.deep.equal([]);
    expect(stateOf(0)).to.deep.equal(["final"]);
    const mined = events.filter(({ type }) => type === "submission-mined");
    expect(mined).to.deep.equal([
      {
        type: "submission-mined",
        chain: "relay",
        hash: broadcasts()[0],
        blockNumber: number,
        gasUsed: 50_000n,
        fee: 600_000n,
        messageIds: [0, 1].map((nonce) => store.messages.message(ORIGIN, nonce)!.id),
        delivered: 2,
        wasted: false,
      },
    ]);
  });

  it("waits for the chain's own finalized block where that is the policy", async () => {
    channel = open("finalized");
    chain.finalityDepth = 5;
    await submit(0);
    for (let i = 0; i < 5; i++) {
      chain.mine();
      await channel.tend();
    }
    expect(stateOf(0)).to.deep.equal(["open"]);
    chain.mine();
    await channel.tend();
    expect(stateOf(0)).to.deep.equal(["final"]);
  });

  it("loses nothing when the node does not answer the broadcast: it is sent again", async () => {
    chain.intercept = (method, _, node) => {
      if (method === "eth_sendRawTransaction") throw new RpcUnavailable("It is down.");
      return node();
    };
    expect((await rejected(submit(0))).code).to.equal("RPC_UNAVAILABLE");
    chain.intercept = undefined;
    await channel.tend();
    expect(chain.pool).to.have.length(0);
    await later();
    expect(chain.pool).to.have.length(1);
    chain.mine();
    await channel.tend();
    expect(store.deliveries.delivery(ORIGIN, 0)).to.not.equal(undefined);
  });

  it("sends again what the node forgot, in the same form, and not too often", async () => {
    await submit(0);
    chain.forget();
    await later(RESEND - 1);
    expect(broadcasts()).to.have.length(1);
    await later(1);
    expect(broadcasts()).to.have.length(2);
    await channel.tend();
    expect(new Set(broadcasts()).size).to.equal(1);
    expect(broadcasts()).to.have.length(2);
    expect(chain.pool).to.have.length(1);
  });

  describe("bidding more", () => {
    /** Blocks that take nothing. */
    const passBy = (blocks: number): void => {
      for (let i = 0; i < blocks; i++) chain.mine({ take: [] });
    };

    it("happens only after blocks passed by a transaction that the node knows", async () => {
      await submit(0);
      for (let i = 0; i < 5; i++) await later();
      expect(submissions()[0]!.variants).to.have.length(1);
      passBy(2);
      await later();
      expect(submissions()[0]!.variants).to.have.length(1);
      passBy(1);
      await later();
      const { variants } = submissions()[0]!;
      expect(variants).to.have.length(2);
      const [first, second] = variants as [(typeof variants)[0], (typeof variants)[0]];
      expect(second.maxFeePerGas * 100n >= first.maxFeePerGas * 110n).to.equal(true);
      expect(second.maxPriorityFeePerGas! * 100n >= first.maxPriorityFeePerGas! * 110n).to.equal(true);
      expect(chain.pool.map(({ hash }) => hash)).to.deep.equal([second.hash]);
      expect(events.filter(({ type }) => type === "submission-sent")).to.have.length(2);
    });

    it("does not happen while the node has forgotten the transaction", async () => {
      await submit(0);
      for (let i = 0; i < 4; i++) {
        chain.forget();
        passBy(4);
        await later();
        expect(submissions()[0]!.variants).to.have.length(1);
      }
    });

    it("follows fees that rose further than a raise", async () => {
      await submit(0);
      await later();
      chain.baseFee = 1000n;
      chain.priorityFee = 300n;
      passBy(3);
      await later();
      expect(submissions()[0]!.variants.at(-1)).to.include({
        maxFeePerGas: 2300n,
        maxPriorityFeePerGas: 300n,
      });
    });

    it("happens as well when the node finds the bid too low to keep", async () => {
      refusing("transaction underpriced: gas tip cap 2, minimum needed 25");
      await submit(0);
      await later();
      passBy(3);
      await later();
      expect(submissions()[0]!.variants).to.have.length(2);
    });

    it("has an end", async () => {
      await submit(0);
      for (let i = 0; i < 40; i++) {
        passBy(3);
        await later();
      }
      const { variants } = submissions()[0]!;
      expect(variants).to.have.length(12);
      expect(variants.at(-1)!.maxFeePerGas < 30n * variants[0]!.maxFeePerGas).to.equal(true);
    });

    it("finds the receipt of an earlier bid", async () => {
      await submit(0);
      const [earlier] = chain.pool;
      await later();
      passBy(3);
      await later();
      chain.forget();
      await chain.request("eth_sendRawTransaction", [earlier!.serialized]);
      chain.mine();
      await channel.tend();
      expect(store.deliveries.delivery(ORIGIN, 0)!.transactionHash).to.equal(earlier!.hash);
      chain.mine();
      chain.mine();
      await channel.tend();
      expect(stateOf(0)).to.deep.equal(["final"]);
    });

    it("is of the older kind on a chain without a base fee", async () => {
      chain.baseFee = undefined;
      await submit(0);
      await later();
      passBy(3);
      await later();
      const { variants } = submissions()[0]!;
      expect(variants.map(({ maxFeePerGas }) => maxFeePerGas)).to.deep.equal([12n, 16n]);
      expect(variants.map(({ maxPriorityFeePerGas }) => maxPriorityFeePerGas)).to.deep.equal([
        undefined,
        undefined,
      ]);
      for (const { raw } of variants) expect(Transaction.from(raw).type).to.equal(0);
      chain.mine();
      await channel.tend();
      expect(store.deliveries.delivery(ORIGIN, 0)).to.not.equal(undefined);
    });
  });

  it("makes messages due again when another transaction took the nonce, once that is final", async () => {
    await submit(0);
    chain.forget();
    const other = {
      chainId: DESTINATION,
      nonce: 0,
      to: wallet.address,
      gasLimit: 21_000,
      type: 2,
      maxFeePerGas: 99n,
    };
    await chain.request("eth_sendRawTransaction", [await wallet.signTransaction(other)]);
    chain.mine();
    for (let i = 0; i < 2; i++) {
      await later();
      expect(stateOf(0)).to.deep.equal(["open"]);
      expect(isDue(0)).to.equal(false);
      chain.mine();
    }
    await later();
    expect(stateOf(0)).to.deep.equal(["replaced"]);
    expect(isDue(0)).to.equal(true);
    expect(channel.isFree).to.equal(true);
    // The next one goes on after it.
    await submit(0);
    expect(submissions().map(({ nonce }) => nonce)).to.deep.equal([1]);
  });

  it("takes back what it knew of a block that is gone, and sends again", async () => {
    await submit(0);
    chain.mine();
    await channel.tend();
    chain.unwind(1, { forget: true });
    chain.mine();
    chain.mine();
    await clock.advance(RESEND);
    await channel.tend();
    expect(submissions()[0]!).to.deep.include({
      block: undefined,
      messages: [{ nonce: 0, outcome: undefined }],
    });
    expect(isDue(0)).to.equal(false);
    const again = chain.mine();
    await channel.tend();
    expect(submissions()[0]!.block).to.deep.equal({ number: again.number, hash: again.hash });
    expect(store.deliveries.delivery(ORIGIN, 0)!.blockHash).to.equal(again.hash);
    expect(new Set(broadcasts()).size).to.equal(1);
  });

  it("follows a transaction that a reorganization moved to another block", async () => {
    await submit(0);
    chain.mine();
    await channel.tend();
    chain.unwind(1);
    chain.mine({ take: [] });
    const moved = chain.mine();
    await channel.tend();
    expect(submissions()[0]!.block).to.deep.equal({ number: moved.number, hash: moved.hash });
    for (let i = 0; i < 2; i++) chain.mine();
    await channel.tend();
    expect(stateOf(0)).to.deep.equal(["final"]);
  });

  it("is not done with a transaction whose receipt is of a block that is not in the chain", async () => {
    await submit(0);
    chain.mine();
    chain.mine();
    chain.mine();
    chain.intercept = (method, params, node) => {
      const answer = node() as Record<string, string> | null;
      const isOfIt = method === "eth_getBlockByNumber" && params[0] === "0x1";
      return isOfIt ? { ...answer, hash: `0x${"66".repeat(32)}` } : answer;
    };
    await channel.tend();
    expect(stateOf(0)).to.deep.equal(["open"]);
    chain.intercept = undefined;
    await channel.tend();
    expect(stateOf(0)).to.deep.equal(["final"]);
  });

  it("is not stopped by a nonce that nobody has any more", async () => {
    // Its first transaction is final, and then a reorganization deeper than the policy takes it for good.
    await submit(0);
    for (let i = 0; i < 3; i++) chain.mine();
    await channel.tend();
    await submit(1);
    await submit(2);
    chain.unwind(3, { forget: true });
    chain.forget();
    for (let i = 0; i < 3; i++) chain.mine();
    await clock.advance(RESEND);
    await channel.tend();
    expect(isDue(1) && isDue(2)).to.equal(true);
    await submit(1);
    await submit(2);
    expect(submissions().map(({ nonce }) => nonce)).to.deep.equal([0, 1]);
    chain.mine();
    await channel.tend();
    expect([1, 2].map((nonce) => store.deliveries.delivery(ORIGIN, nonce) !== undefined)).to.deep.equal([
      true,
      true,
    ]);
  });

  it("does not take a nonce for lost that waits in the node, or that it is about to send again", async () => {
    await submit(0);
    await submit(1);
    chain.forget();
    await clock.advance(RESEND);
    await channel.tend();
    expect(submissions().map(({ nonce }) => nonce)).to.deep.equal([0, 1]);
    expect(chain.pool.map(({ nonce }) => nonce)).to.deep.equal([0, 1]);
    await later();
    expect(submissions().map(({ nonce }) => nonce)).to.deep.equal([0, 1]);
  });

  for (const text of [
    "insufficient funds for gas * price + value: balance 0, tx cost 2400000, overshot 2400000",
    "Sender doesn't have enough funds to send tx. The max upfront cost is: 9 and the sender's balance is: 0.",
    "Upfront cost exceeds account balance",
    "InsufficientFunds, Account balance: 0, cumulative cost: 9",
    "insufficient funds for intrinsic transaction cost: max fee per gas times gas limit",
  ]) {
    it(`says that it cannot pay, and goes on once it can: ${text.slice(0, 40)} …`, async () => {
      refusing(text);
      const error = await rejected(submit(0));
      expect(error.code).to.equal("INSUFFICIENT_FUNDS");
      expect(error.retryable).to.equal(true);
      expect(error.message).to.contain(wallet.address);
      expect(isDue(0)).to.equal(false);
      await clock.advance(RESEND);
      await channel.tend();
      expect(events.at(-1)).to.deep.include({ type: "trouble", doing: "looking after transaction 0" });
      expect((events.at(-1) as { error?: { code: string } }).error!.code).to.equal("INSUFFICIENT_FUNDS");
      expect(channel.isFree).to.equal(false);
      expect(submissions()[0]!.variants).to.have.length(1);
      chain.intercept = undefined;
      await later();
      expect(channel.isFree).to.equal(true);
      chain.mine();
      await channel.tend();
      expect(store.deliveries.delivery(ORIGIN, 0)).to.not.equal(undefined);
    });
  }

  for (const text of ["nonce too low", "Nonce too high. Expected nonce to be 0 but got 1."]) {
    it(`stays calm when the node says: ${text}`, async () => {
      refusing(text);
      await submit(0);
      await later();
      expect(submissions()[0]!.variants).to.have.length(1);
      chain.intercept = undefined;
      await later();
      chain.mine();
      await channel.tend();
      expect(store.deliveries.delivery(ORIGIN, 0)).to.not.equal(undefined);
    });
  }

  for (const text of [
    "transaction type not supported",
    "tx fee (9 ether) exceeds the configured cap (1 ether)",
  ]) {
    it(`gives up a transaction that no node takes, and sends the next in its place: ${text}`, async () => {
      refusing(text);
      expect((await rejected(submit(0))).code).to.equal("TRANSACTION_REFUSED");
      expect(submissions()).to.deep.equal([]);
      expect(isDue(0)).to.equal(true);
      chain.intercept = undefined;
      await submit(1);
      expect(submissions().map(({ nonce }) => nonce)).to.deep.equal([0]);
      chain.mine();
      await channel.tend();
      expect(store.deliveries.delivery(ORIGIN, 1)).to.not.equal(undefined);
    });
  }

  it("gives up what its node forgot and takes no more, each on its own", async () => {
    await submit(0);
    await submit(1);
    chain.forget();
    refusing("exceeds block gas limit");
    await later();
    expect(events.filter(({ type }) => type === "trouble")).to.have.length(2);
    expect(submissions()).to.deep.equal([]);
    expect([isDue(0), isDue(1)]).to.deep.equal([true, true]);
    chain.intercept = undefined;
    await submit(0);
    expect(submissions().map(({ nonce }) => nonce)).to.deep.equal([0]);
  });

  it("understands a node that mines at once and answers with the revert", async () => {
    chain.refusing.add(0);
    chain.intercept = (method, _, node) => {
      const answer = node();
      if (method !== "eth_sendRawTransaction") return answer;
      chain.mine();
      throw new RpcRefusal(method, { code: 3, message: "execution reverted", data: "0x08c379a0" });
    };
    await submit(0);
    const [settled] = await channel.tend();
    expect(settled!.wasted).to.equal(true);
    expect(submissions()[0]!.messages).to.deep.equal([{ nonce: 0, outcome: "refused" }]);
    expect(isDue(0)).to.equal(true);
  });

  it("tells of each message of a batch what became of it", async () => {
    chain.refusing.add(1);
    const stranger = chain.mine({ deliver: [{ origin: ORIGIN, nonce: 2, id: message(2).id }] });
    await submit(0, 1, 2);
    chain.mine();
    const [settled] = await channel.tend();
    expect(settled!.wasted).to.equal(false);
    expect(submissions()[0]!.messages).to.deep.equal([
      { nonce: 0, outcome: "delivered" },
      { nonce: 1, outcome: "refused" },
      { nonce: 2, outcome: "passed-over" },
    ]);
    expect([0, 1, 2].map(isDue)).to.deep.equal([false, true, true]);
    expect(stranger.delivered.has(`${ORIGIN}/2`)).to.equal(true);
  });

  it("counts a transaction as wasted that somebody else forestalled", async () => {
    await submit(0, 1);
    chain.mine({ deliver: [0, 1].map((nonce) => ({ origin: ORIGIN, nonce, id: message(nonce).id })) });
    const [settled] = await channel.tend();
    expect(settled!.wasted).to.equal(true);
    expect(events.at(-1)).to.include({ type: "submission-mined", wasted: true, delivered: 0 });
  });

  it("believes only its gateway's events, of the chain that it delivers from", async () => {
    await submit(0);
    chain.mine();
    chain.intercept = (method, _, node) => {
      const answer = node() as { logs: { address: string }[] } | null;
      if (method !== "eth_getTransactionReceipt" || answer === null) return answer;
      return { ...answer, logs: answer.logs.map((log) => ({ ...log, address: `0x${"0b".repeat(20)}` })) };
    };
    const [settled] = await channel.tend();
    expect(settled!.wasted).to.equal(true);
    expect(store.deliveries.delivery(ORIGIN, 0)).to.equal(undefined);
  });

  it("numbers its transactions one after the other, also when the node forgot some", async () => {
    await submit(0);
    await submit(1);
    chain.forget();
    await submit(2);
    expect(submissions().map(({ nonce }) => nonce)).to.deep.equal([0, 1, 2]);
    await clock.advance(RESEND);
    await channel.tend();
    chain.mine();
    await channel.tend();
    expect([0, 1, 2].every((nonce) => store.deliveries.delivery(ORIGIN, nonce) !== undefined)).to.equal(true);
  });

  it("is free for so many at a time", async () => {
    for (let i = 0; i < 8; i++) {
      expect(channel.isFree).to.equal(true);
      await submit(i);
    }
    expect(channel.isFree).to.equal(false);
    await channel.tend();
    expect(channel.isFree).to.equal(false);
    chain.mine();
    await channel.tend();
    expect(channel.isFree).to.equal(true);
  });

  it("looks after what was under way when it is started again", async () => {
    await submit(0);
    await submit(1);
    chain.forget();
    channel = open();
    await clock.advance(RESEND);
    await channel.tend();
    await submit(2);
    expect(chain.pool.map(({ nonce }) => nonce)).to.deep.equal([0, 1, 2]);
    chain.mine();
    channel = open();
    const settled = await channel.tend();
    expect(settled).to.have.length(3);
    for (let i = 0; i < 2; i++) chain.mine();
    await open().tend();
    expect(submissions()).to.deep.equal([]);
  });

  it("knows after a restart what was mined while it was away", async () => {
    await submit(0);
    for (let i = 0; i < 3; i++) chain.mine();
    channel = open();
    expect(await channel.tend()).to.have.length(1);
    expect(stateOf(0)).to.deep.equal(["final"]);
    expect(store.deliveries.delivery(ORIGIN, 0)).to.not.equal(undefined);
    expect(broadcasts()).to.have.length(1);
  });
});
