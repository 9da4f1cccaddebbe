import { expect } from "chai";
import { Interface, Transaction, Wallet } from "ethers";

import { RpcRefusal } from "../../../chains/rpc/Rpc.ts";
import { announcementEvidence } from "../../../protocol/announcement.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { formatInteroperable } from "../../../protocol/interoperableAddress.ts";
import { Announcer } from "../../../relay/delivery/Announcer.ts";
import { SubmissionChannel } from "../../../relay/delivery/SubmissionChannel.ts";
import type { RelayEvent } from "../../../relay/RelayEvent.ts";
import { OriginReader } from "../../../relay/reading/OriginReader.ts";
import type { KnownMessage } from "../../../relay/store/MessageTable.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { FakeChain, RECIPIENT, SENDER } from "./FakeChain.ts";

const GATEWAY = new Interface(contracts.Gateway.abi);
const payer = new Wallet(`0x${"31".repeat(32)}`);
const CONFIRMATIONS = 1;

describe("Announcer", () => {
  let chain: FakeChain;
  let store: RelayerStore;
  let clock: VirtualClock;
  let events: RelayEvent[];
  let reader: OriginReader;
  let channel: SubmissionChannel;
  let announcer: Announcer;
  const { signal } = new AbortController();

  /** A relayer that begins, or begins again, on the database as it is. */
  function start(): void {
    const listener = (event: RelayEvent) => void events.push(event);
    const { gateway } = chain;
    const finality = { confirmations: CONFIRMATIONS };
    const read = { gateway, fromBlock: 0, finality, applications: undefined };
    reader = new OriginReader(read, { store, listener, nameOf: String });
    channel = new SubmissionChannel({ finality }, { gateway, wallet: payer, store, clock, listener });
    announcer = new Announcer({ from: reader, finality }, { channel, store, clock, listener });
  }

  beforeEach(async () => {
    chain = new FakeChain({ name: "main", chainId: 71n });
    store = new RelayerStore(":memory:");
    store.messages.knowApplications(
      [SENDER, RECIPIENT].flatMap((address) =>
        [71n, 72n].map((chainId) => formatInteroperable({ chainId, address })),
      ),
    );
    clock = new VirtualClock(1_000_000);
    events = [];
    start();
  });
  afterEach(() => store.close());

  const known = (nonce: number): KnownMessage => store.messages.message(chain.chainId, nonce)!;
  const hide = (nonce: number): void => {
    const { blockNumber: number, blockHash: hash } = known(nonce);
    store.announcements.hide(known(nonce), { number, hash }, "It is too large.");
  };
  const read = async (): Promise<void> => {
    while (await reader.read());
  };
  const turn = async (): Promise<void> => {
    await read();
    await channel.tend();
    await announcer.announce(signal);
  };
  /** Nonces of messages that transactions announce: in blocks, or waiting for one. */
  const announcedBy = (transactions: readonly Transaction[]): number[] =>
    transactions.flatMap(({ data }) => {
      const call = GATEWAY.parseTransaction({ data });
      return call?.name === "announce" ? [Number(call.args[1])] : [];
    });
  const waiting = () => announcedBy(chain.pool);
  const inBlocks = () =>
    announcedBy(chain.blocks.flatMap(({ receipts }) => receipts.map(({ raw }) => Transaction.from(raw))));
  const waitsForAnnouncement = (nonce: number) => store.announcements.placesOf(known(nonce)).length === 0;

  it("has a hidden message announced once, and lets it be tried when the block was read", async () => {
    chain.mine({ send: 5 });
    await turn();
    expect(waiting()).to.deep.equal([]);
    hide(2);
    expect(waitsForAnnouncement(2)).to.equal(true);
    for (let i = 0; i < 3; i++) await turn();
    expect(waiting()).to.deep.equal([2]);
    const [id, nonce, evidence] = GATEWAY.parseTransaction({ data: chain.pool[0]!.data })!.args;
    expect([id, Number(nonce)]).to.deep.equal([chain.head.leaves[2], 2]);
    const { tree } = reader.follower;
    expect([...evidence]).to.deep.equal(announcementEvidence(tree, 2, { keepsOutbox: true }));

    const { number, hash } = chain.mine();
    for (let i = 0; i < 3; i++) {
      await turn();
      chain.mine();
    }
    expect([waiting(), inBlocks()]).to.deep.equal([[], [2]]);
    expect(store.announcements.placesOf(known(2))).to.deep.equal([{ number, hash }]);
    expect(known(2).nextAt).to.equal(0);
    expect(events.filter(({ type }) => type === "message-announced")).to.have.length(1);
    expect(events.filter(({ type }) => type === "message-sent")).to.have.length(5);
    const mined = events.filter(({ type }) => type === "submission-mined");
    expect(mined).to.have.length(1);
    expect(mined[0]).to.include({ delivered: 0, wasted: false });
  });

  it("leaves what strangers hid to themselves", async () => {
    chain.mine({ strangers: 2, send: 1 });
    await turn();
    for (const nonce of [0, 1, 2]) hide(nonce);
    await turn();
    expect(waiting()).to.deep.equal([2]);
  });

  it("announces nothing that was delivered", async () => {
    chain.mine({ send: 2 });
    await turn();
    hide(0);
    hide(1);
    const { id } = known(0);
    const place = { blockNumber: 1, blockHash: `0x${"01".repeat(32)}`, transactionHash: "0x01" };
    store.deliveries.note(72n, { origin: chain.chainId, nonce: 0, id, ...place });
    await turn();
    expect(waiting()).to.deep.equal([1]);
  });

  it("goes on after a restart where it was", async () => {
    chain.mine({ send: 3 });
    await turn();
    hide(1);
    await turn();
    start();
    await turn();
    expect(waiting()).to.deep.equal([1]);
    chain.mine();
    start();
    await turn();
    chain.mine();
    start();
    await turn();
    expect([waiting(), inBlocks()]).to.deep.equal([[], [1]]);
  });

  it("is not sent twice when the block is final before it was read", async () => {
    chain.mine({ send: 3 });
    await turn();
    hide(1);
    await turn();
    for (let i = 0; i <= CONFIRMATIONS; i++) chain.mine();
    await channel.tend();
    expect(store.submissions.open(chain.chainId, payer.address)).to.deep.equal([]);
    await announcer.announce(signal);
    expect(waiting()).to.deep.equal([]);
    await turn();
    expect([waiting(), inBlocks()]).to.deep.equal([[], [1]]);
  });

  it("tries again, ever less often, what the chain's state refuses, and the others meanwhile", async () => {
    chain.mine({ send: 2 });
    await turn();
    hide(0);
    hide(1);
    let isRefused = true;
    let tries = 0;
    const refusal = GATEWAY.encodeErrorResult("NotSent", [`0x${"00".repeat(32)}`, 0]);
    chain.intercept = (method, params, node) => {
      if (method !== "eth_estimateGas") return node();
      const call = GATEWAY.parseTransaction({ data: (params[0] as { data: string }).data })!;
      if (Number(call.args[1]) !== 0) return node();
      tries++;
      if (!isRefused) return node();
      throw new RpcRefusal(method, { code: 3, message: "execution reverted", data: refusal });
    };
    for (let passed = 0; passed < 60_000; passed += 100) {
      await turn();
      await clock.advance(100);
    }
    expect(waiting()).to.deep.equal([1]);
    expect(tries).to.be.within(6, 14);
    const troubles = events.filter((event) => event.type === "trouble");
    expect(troubles).to.have.length(tries);
    expect(troubles[0]).to.include({ chain: "main", doing: "having message 0 announced" });
    isRefused = false;
    await clock.advance(10_000);
    await turn();
    expect(waiting()).to.have.members([0, 1]);
  });

  it("sends it anew when its block refused it, as more was sent before it", async () => {
    chain.mine({ send: 2 });
    await turn();
    hide(0);
    await turn();
    chain.refusing.add(0);
    chain.mine();
    chain.refusing.clear();
    await turn();
    expect([waiting(), inBlocks()]).to.deep.equal([[0], [0]]);
    chain.mine();
    await turn();
    expect(waitsForAnnouncement(0)).to.equal(false);
    expect(waiting()).to.deep.equal([]);
  });

  it("forgets an announcement whose block is gone, and has it in another", async () => {
    chain.mine({ send: 2 });
    for (let i = 0; i < 3; i++) chain.mine();
    await turn();
    hide(0);
    await turn();
    chain.mine();
    await turn();
    expect(waitsForAnnouncement(0)).to.equal(false);
    chain.unwind(1);
    chain.mine({ take: [] });
    await turn();
    await read();
    expect(waitsForAnnouncement(0)).to.equal(true);
    expect(waiting()).to.deep.equal([0]);
    const { hash } = chain.mine();
    await turn();
    expect(store.announcements.placesOf(known(0)).map((place) => place.hash)).to.deep.equal([hash]);
  });

  it("sends it anew when nobody attested the block of the first for long", async () => {
    chain.mine({ send: 2 });
    await turn();
    hide(0);
    await turn();
    chain.mine();
    for (let i = 0; i < 127; i++) chain.mine();
    await turn();
    await read();
    await announcer.announce(signal);
    expect(waiting()).to.deep.equal([]);
    chain.mine();
    chain.mine();
    await turn();
    await read();
    await announcer.announce(signal);
    expect(waiting()).to.deep.equal([0]);
  });

  it("takes others' announcements for its own, until one hides the message as well", async () => {
    chain.mine({ send: 2 });
    await turn();
    const place = chain.mine({ announce: [1] });
    await read();
    hide(1);
    await turn();
    expect(waiting()).to.deep.equal([]);
    expect(known(1).nextAt).to.equal(0);
    store.announcements.hide(known(1), place, "It is too large.");
    chain.mine({ announce: [1] });
    await turn();
    expect(waiting()).to.deep.equal([1]);
  });
});
