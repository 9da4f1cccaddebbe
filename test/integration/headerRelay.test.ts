import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { type BaseWallet, toBeHex, Wallet } from "ethers";
import { GatewayClient, type SentMessage } from "../../chains/clients/GatewayClient.ts";
import { LocalChains } from "../../chains/networks/LocalChains.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { announcementEvidence } from "../../protocol/announcement.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { MerkleTree } from "../../protocol/MerkleTree.ts";
import { announcementOf } from "../../relay/proofs/announcementOf.ts";
import type { Fact } from "../../relay/proofs/Fact.ts";
import { headerVouching } from "../../relay/proofs/header/headerVouching.ts";
import { proveMessage } from "../../relay/proofs/proveMessage.ts";
import type { VoucherSource } from "../../relay/proofs/VoucherSource.ts";
import type { RelayEvent } from "../../relay/RelayEvent.ts";
import { Relayer } from "../../relay/Relayer.ts";
import { RelayerStore } from "../../relay/store/RelayerStore.ts";
import { ValidatorStore } from "../../relay/store/ValidatorStore.ts";
import { Validator } from "../../relay/Validator.ts";
import { announceAndProve } from "../../scripts/commands/relay/announceAndProve.ts";
import { freezeEvidence } from "../../scripts/commands/relay/freezeEvidence.ts";
import { rejected } from "../unit/thrown.ts";
import { HeaderChain, type TestContract } from "./HeaderChain.ts";
import { Heard } from "./Heard.ts";
import { HIDER, HIDER_CODE, hiding } from "./HidingAccount.ts";

const HOST = "127.0.0.1";
const PORTS = { origin: 9415, destination: 9416 };
const SECONDS = 3600;
const POLL_MILLISECONDS = 40;
const RECIPIENT = `0x${"e0".repeat(20)}`;
/** Takes every message: PUSH4 selector, PUSH1 224, SHL, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN. */
const WILLING = "0x632432ef2660e01b5f5260205ff3";

describe("relay of a chain without an outbox", () => {
  const wallets: BaseWallet[] = [1, 2, 3]
    .map((i) => new Wallet(toBeHex(0x2000 + i, 32)))
    .sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
  const payer = new Wallet(toBeHex(0x3000, 32));
  let chains: LocalChains;
  let origin: HeaderChain;
  let destination: HeaderChain;
  let sender: TestContract;
  let from: GatewayClient;
  let to: GatewayClient;
  let running: { stop(): Promise<void> }[] = [];
  let heard: Heard<RelayEvent>;

  before(async () => {
    const config = (name: keyof typeof PORTS, chainId: number) =>
      ({ name, role: "main", chainId, port: PORTS[name] }) as const;
    chains = await LocalChains.start([config("origin", 41_395), config("destination", 41_396)], HOST);
    origin = await HeaderChain.connect(`http://${HOST}:${PORTS.origin}`);
    destination = await HeaderChain.connect(`http://${HOST}:${PORTS.destination}`);
    const owned = (chain: HeaderChain) =>
      [
        ["address", "uint48"],
        [chain.account, SECONDS],
      ] as [string[], unknown[]];
    sender = await origin.deploy("LogGateway", ...owned(origin));
    const receiver = await destination.deploy("Gateway", ...owned(destination));
    const verifier = await destination.deploy("HeaderVerifier", ...owned(destination));
    await sender.send("openRoute", [destination.chainId, receiver.address, receiver.address]);
    const validators = wallets.map(({ address }) => address);
    await verifier.send("initializeValidators", [origin.chainId, { threshold: 2, validators }]);
    await receiver.send("openRoute", [origin.chainId, sender.address, verifier.address]);
    await destination.rpc.request("hardhat_setCode", [RECIPIENT, WILLING]);
    for (const { rpc } of [origin, destination])
      await rpc.request("hardhat_setBalance", [payer.address, toBeHex(10n ** 21n)]);
    await origin.rpc.request("hardhat_setCode", [HIDER, HIDER_CODE]);
    const client = (chain: HeaderChain, name: string, gateway: string) =>
      new GatewayClient(chain.rpc, { name, chainId: chain.chainId, contracts: { gateway } });
    from = client(origin, "origin", sender.address);
    to = client(destination, "destination", receiver.address);
  });
  after(async () => {
    origin?.close();
    destination?.close();
    await chains?.stop();
  });
  beforeEach(() => {
    heard = new Heard();
  });
  afterEach(async () => {
    for (const service of running.reverse()) await service.stop();
    running = [];
  });

  const chain = (gateway: GatewayClient, applications?: readonly string[]) => ({
    gateway,
    fromBlock: 0,
    finality: { confirmations: 0 },
    applications,
  });

  function startValidator(wallet: BaseWallet): Validator {
    const store = new ValidatorStore(":memory:");
    const validator = new Validator(
      { chains: [{ ...chain(from), proofs: "header" }], pollMilliseconds: POLL_MILLISECONDS },
      { wallet, store, clock: systemClock, listener: heard.listener },
    );
    validator.start();
    running.push(validator);
    return validator;
  }

  function transaction(): { to: string; data: string } {
    const recipient = formatInteroperable({ chainId: destination.chainId, address: RECIPIENT });
    return sender.transaction("sendMessage", [recipient, "0x1234", []]);
  }

  const isDelivered = (nonce: number) => to.isDelivered(origin.chainId, nonce);

  function startRelayer(
    sources: readonly VoucherSource[],
    store: RelayerStore,
    applications?: readonly string[],
  ): Relayer {
    const { listener } = heard;
    const relayed = [from, to].map((gateway) => chain(gateway, applications));
    const relayer = new Relayer(
      { chains: relayed, pollMilliseconds: POLL_MILLISECONDS },
      { wallet: payer, sources, store, clock: systemClock, random: new SeededRandom(1), listener },
    );
    relayer.start();
    running.push(relayer);
    return relayer;
  }

  it("delivers messages of many blocks and of one, each once, under attested headers", async () => {
    const sources = wallets.slice(0, 2).map((wallet) => startValidator(wallet).source);
    const store = new RelayerStore(":memory:");
    startRelayer(sources, store);
    for (let i = 0; i < 3; i++) await origin.send(transaction());
    await origin.mineTogether(Array.from({ length: 5 }, transaction));
    await heard.until(
      () =>
        new Set(heard.events.flatMap((event) => (event.type === "message-delivered" ? [event.nonce] : [])))
          .size === 8,
    );
    for (let nonce = 0; nonce < 8; nonce++) expect(await isDelivered(nonce)).to.equal(true);
    expect((await to.events(0, (await to.header("latest"))!.number)).delivered).to.have.length(8);
    expect(heard.events.filter(({ type }) => type === "delivery-failed")).to.deep.equal([]);
    // The messages of one block went together.
    const sizes = heard.events.flatMap((event) =>
      event.type === "submission-sent" ? [event.messageIds.length] : [],
    );
    expect(Math.max(...sizes)).to.equal(5);
  });

  it("proves a message for whoever wants to deliver it, once enough validators attested its block", async () => {
    await origin.send(transaction());
    const { sent } = await from.events(0, (await from.header("latest"))!.number);
    const message = sent.at(-1)!;
    const searched = [chain(from), chain(to)];
    const one = startValidator(wallets[0]!);
    await heard.until((event) => event.type === "vouched" && event.hash === message.blockHash);
    const alone = await proveMessage(message.id, searched, { sources: [one.source] }).catch((error) => error);
    expect(alone.code).to.equal("NOT_PROVEN");
    const other = startValidator(wallets[2]!);
    await heard.until(
      (event) =>
        event.type === "vouched" && event.hash === message.blockHash && event.validator === other.address,
    );
    const proven = await proveMessage(message.id, searched, { sources: [one.source, other.source] });
    expect(proven.provenBy).to.deep.equal({ kind: "header", threshold: 2, validators: 3 });
    await destination.send({ to: proven.gateway, data: proven.data });
    expect(await isDelivered(message.nonce)).to.equal(true);
  });

  describe("where a stranger hides messages in large receipts", () => {
    let sources: VoucherSource[];
    let store: RelayerStore;

    beforeEach(() => {
      sources = wallets.slice(0, 2).map((wallet) => startValidator(wallet).source);
      store = new RelayerStore(":memory:");
    });

    /** Has a message sent with 416 KiB of logs in the same transaction. @returns It, as its chain's events tell it. */
    async function sendHidden(): Promise<SentMessage> {
      const { logs } = await origin.send(hiding(transaction()));
      expect(logs.reduce((sum, { data }) => sum + data.length / 2, 0)).to.be.above(400 * 1024);
      const { sent } = await from.events(0, (await from.header("latest"))!.number);
      return sent.at(-1)!;
    }
    const announcements = async (nonce: number) =>
      (await from.events(0, (await from.header("latest"))!.number)).announced.filter(
        (one) => one.nonce === nonce,
      );
    const delivered = (nonce: number) =>
      heard.until((event) => event.type === "message-delivered" && event.nonce === nonce);
    const announcing = async (message: SentMessage) => {
      const { gateway, data } = await announcementOf(message.id, [chain(from), chain(to)]);
      return { to: gateway, data };
    };

    it("has the network's announced, each once, and delivers them", async () => {
      startRelayer(sources, store);
      await origin.send(transaction());
      const hidden = await sendHidden();
      const last = await sendHidden();
      await delivered(hidden.nonce);
      await delivered(last.nonce);
      for (const { nonce } of [hidden, last]) {
        expect(await isDelivered(nonce)).to.equal(true);
        expect(await announcements(nonce)).to.have.length(1);
      }
      const told = heard.events.filter(({ type }) => type === "message-hidden");
      expect(told).to.have.length(2);
      const wasted = heard.events.filter((event) => event.type === "submission-mined" && event.wasted);
      expect(wasted).to.deep.equal([]);
    });

    it("delivers them although the announcement is hidden as well, and whatever else is of one block", async () => {
      const hidden = await sendHidden();
      await origin.send(hiding(await announcing(hidden)));
      const more = await origin.mineTogether(Array.from({ length: 3 }, transaction));
      startRelayer(sources, store);
      await delivered(hidden.nonce);
      await delivered(hidden.nonce + more.length);
      // The stranger's, and the relayer's own.
      expect(await announcements(hidden.nonce)).to.have.length(2);
    });

    it("proves them by the smallest of their receipts in a block", async () => {
      const hidden = await sendHidden();
      const announced = await announcing(hidden);
      const large = { ...hiding(announced), gas: toBeHex(10_000_000) };
      await origin.mineTogether([large, announced, large]);
      startRelayer(sources, store);
      await delivered(hidden.nonce);
      expect(await announcements(hidden.nonce)).to.have.length(3);
      const own = heard.events.filter((event) => event.type === "message-announced" && event.own);
      expect(own).to.deep.equal([]);
    });

    it("leaves what strangers sent so to whoever wants it delivered, who can have it announced", async () => {
      const somebody = formatInteroperable({ chainId: origin.chainId, address: `0x${"c0".repeat(20)}` });
      const recipient = formatInteroperable({ chainId: destination.chainId, address: RECIPIENT });
      const hidden = await sendHidden();
      startRelayer(sources, store, [somebody, recipient]);
      await heard.until((event) => event.type === "message-hidden" && event.nonce === hidden.nonce);
      // Long enough for several turns of everything.
      await new Promise((resolve) => setTimeout(resolve, 20 * POLL_MILLISECONDS));
      expect(await announcements(hidden.nonce)).to.deep.equal([]);
      expect(heard.events.filter(({ type }) => type === "submission-sent")).to.deep.equal([]);

      const searched = [chain(from), chain(to)];
      const error = await rejected(proveMessage(hidden.id, searched, { sources }));
      expect(error.code).to.equal("RECEIPT_TOO_LARGE");
      expect(error.retryable).to.equal(true);
      const calls: { origin: bigint; gateway: string; data: string }[] = [];
      const proven = await announceAndProve(hidden.id, searched, {
        sources,
        clock: systemClock,
        send: async (call) => {
          calls.push(call);
          await origin.send({ to: call.gateway, data: call.data });
        },
      });
      expect(calls.map((call) => [call.origin, call.gateway])).to.deep.equal([
        [origin.chainId, from.address],
      ]);
      const { data } = proven;
      const call = { from: destination.account, to: proven.gateway, data };
      // Unless its recipient, which takes anybody's messages here, has it from the relayer by now.
      if (!(await isDelivered(hidden.nonce))) await destination.rpc.request("eth_call", [call, "latest"]);
      await delivered(hidden.nonce);
      expect(await announcements(hidden.nonce)).to.have.length(1);
    });

    it("goes on after a restart, and announces nothing twice", async () => {
      const hidden = await sendHidden();
      await origin.rpc.request("evm_setAutomine", [false]);
      const relayer = startRelayer(sources, store);
      await heard.until((event) => event.type === "submission-sent" && event.messageIds.includes(hidden.id));
      await relayer.stop();
      startRelayer(sources, store);
      await origin.rpc.request("evm_setAutomine", [true]);
      await origin.rpc.request("evm_mine", []);
      await delivered(hidden.nonce);
      expect(await announcements(hidden.nonce)).to.have.length(1);
    });

    for (const contract of ["Gateway", "LogGateway"] as const) {
      it(`is shown what a ${contract} takes, for every message`, async () => {
        const gateway = await origin.deploy(contract, ["address", "uint48"], [origin.account, SECONDS]);
        await gateway.send("openRoute", [destination.chainId, to.address, to.address]);
        const recipient = formatInteroperable({ chainId: destination.chainId, address: RECIPIENT });
        const tree = new MerkleTree();
        for (let count = 1; count <= 66; count++) {
          const { logs } = await gateway.send("sendMessage", [recipient, toBeHex(count, 4), []]);
          tree.append(logs[0]!.topics[1]!);
          const nonces = [0, count >> 1, count - 2, count - 1].filter((nonce) => nonce >= 0);
          for (const nonce of nonces) {
            const evidence = announcementEvidence(tree, nonce, { keepsOutbox: contract === "Gateway" });
            const refused = await gateway.refusal("announce", [tree.leaf(nonce), nonce, evidence]);
            expect(refused, `${nonce} of ${count}`).to.equal(undefined);
          }
          const other = announcementEvidence(tree, 0, { keepsOutbox: contract === "Gateway" });
          expect(await gateway.refusal("announce", [tree.leaf(0), 1, other])).to.equal("NotSent");
        }
      });
    }
  });

  describe("whose validators attested two histories", () => {
    let directory: string;
    let lost: Fact;
    let own: Fact[];

    before(async () => {
      directory = await mkdtemp(join(tmpdir(), "freshet-evidence-"));
      const latest = async () => {
        const { number, hash } = (await from.header("latest"))!;
        return { place: number, hash };
      };
      const snapshot = await origin.rpc.request("evm_snapshot", []);
      await origin.send(transaction());
      lost = await latest();
      await origin.rpc.request("evm_revert", [snapshot]);
      await origin.rpc.request("evm_increaseTime", [7]);
      own = [];
      for (let i = 0; i < 3; i++) {
        await origin.send(transaction());
        own.push(await latest());
      }
    });
    after(() => rm(directory, { recursive: true, force: true }));

    /** Sources of two validators who attested these blocks. */
    const sourcesOf = (blocks: readonly Fact[]): VoucherSource[] =>
      wallets.slice(1).map((wallet) => ({
        validator: wallet.address,
        vouchers: async (_kind, chainId, gateway, from) =>
          Promise.all(
            blocks
              .filter(({ place }) => place >= from)
              .map(async (block) => ({
                ...block,
                signature: await headerVouching.sign(wallet, { chainId, gateway }, block),
              })),
          ),
      }));

    /** What a relayer finds of it, as call data that freeze the route. */
    async function freezing(blocks: readonly Fact[], name: string): Promise<string> {
      const path = join(directory, name);
      const store = new RelayerStore(path);
      const relayer = startRelayer(sourcesOf(blocks), store);
      await heard.until(({ type }) => type === "contradiction-found");
      await relayer.stop();
      store.close();
      const set = { threshold: 2, validators: wallets.map(({ address }) => address) };
      const openStore = () => new RelayerStore(path);
      const parameters = { origin: from, set, kind: "header", files: undefined, openStore } as const;
      return to.freezeData(from.chainId, await freezeEvidence(parameters));
    }

    const found = () =>
      heard.events.flatMap((event) => (event.type === "contradiction-found" ? [event.facts] : []));

    it("is told of a block that a later one does not descend from, which would freeze the route", async () => {
      const data = await freezing([lost, own[2]!], "later.sqlite");
      expect(found()).to.deep.equal([[lost, own[2]!]]);
      await to.rpc.request("eth_call", [{ to: to.address, data }, "latest"]);
    });

    it("is told of two blocks of one number, and freezes the route by them", async () => {
      const data = await freezing([lost, own[0]!], "same.sqlite");
      expect(found()).to.have.length(1);
      expect(found()[0]).to.have.deep.members([lost, own[0]!]);
      expect(lost.place).to.equal(own[0]!.place);
      expect((await to.routeOf(from.chainId)).frozen).to.equal(false);
      await destination.send({ to: to.address, data });
      expect((await to.routeOf(from.chainId)).frozen).to.equal(true);
    });
  });
});
