import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { type BaseWallet, Signature, Wallet } from "ethers";
import { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { AT_ONCE } from "../../chains/clients/finality.ts";
import type { SentMessage } from "../../chains/clients/GatewayClient.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { systemClock } from "../../protocol/Clock.ts";
import {
  CHECKPOINT_TYPES,
  type Checkpoint,
  checkpointDomain,
  checkpointSigner,
} from "../../protocol/checkpoint.ts";
import { contracts } from "../../protocol/contracts.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { proveMessage } from "../../relay/proofs/proveMessage.ts";
import type { VoucherSource } from "../../relay/proofs/VoucherSource.ts";
import type { RelayEvent } from "../../relay/RelayEvent.ts";
import { Relayer } from "../../relay/Relayer.ts";
import { GatewayFollower } from "../../relay/reading/GatewayFollower.ts";
import { RelayerStore } from "../../relay/store/RelayerStore.ts";
import { ValidatorStore } from "../../relay/store/ValidatorStore.ts";
import { Validator } from "../../relay/Validator.ts";
import { NoticeBoard } from "../unit/relay/NoticeBoard.ts";
import { rejected } from "../unit/thrown.ts";
import { Heard } from "./Heard.ts";
import { cheerUp, moodyRecipient, willingRecipient } from "./recipients.ts";
import { TestNetwork } from "./TestNetwork.ts";

// As the verifiers list them: by ascending address.
const VALIDATORS = [0, 1, 2]
  .map((i) => localKey("validator", i))
  .sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
const STRANGER = new Wallet(`0x${"99".repeat(32)}`);
const POLL_MILLISECONDS = 60;

describe("relayer", () => {
  let network: TestNetwork;
  let willing: string;
  let moody: string;
  /** What a test has started, to be stopped after it. */
  let running: { stop(): Promise<void> }[] = [];
  let directory: string;
  let board: NoticeBoard;
  let heard: Heard<RelayEvent>;
  /** Main's outbox as this test reads it. */
  let outbox: GatewayFollower;
  const read = new RelayerStore(":memory:");
  let tests = 0;

  before(async () => {
    network = await TestNetwork.start({ basePort: 9320, subchains: ["physical"] });
    willing = await willingRecipient(network.client("relay"));
    moody = await moodyRecipient(network.client("relay"));
    const gateway = network.gateway("main");
    outbox = new GatewayFollower({ fromBlock: 0, finality: AT_ONCE }, { gateway, store: read });
  });
  after(async () => {
    read.close();
    await network?.stop();
  });

  beforeEach(() => {
    directory = join(network.config.directory, `relay-${++tests}`);
    mkdirSync(directory);
    board = new NoticeBoard(VALIDATORS.map(({ address }) => address));
    heard = new Heard();
  });
  afterEach(async () => {
    for (const service of running.reverse()) await service.stop();
    running = [];
  });

  /** Sends a message from main to a recipient on the relay chain; resolves when it is in the outbox. */
  async function send(recipient: string, encode = (account: string) => account): Promise<SentMessage> {
    const { chainId } = network.client("relay");
    const account = await network.account("main", "publisher");
    const to = encode(formatInteroperable({ chainId, address: recipient }));
    await account.send({ contract: contracts.Gateway, address: outbox.gateway.address }, "sendMessage", [
      to,
      "0x1234",
      [],
    ]);
    while ((await outbox.step()).type !== "idle");
    return read.messages.message(outbox.gateway.chainId, outbox.tree.count - 1)!;
  }

  const chains = () =>
    ["main", "relay"].map((name) => ({
      gateway: network.gateway(name),
      fromBlock: 0,
      finality: { confirmations: 0 },
      applications: undefined,
      proofs: "checkpoint" as const,
    }));

  /** Starts a relayer between main and the relay chain. */
  function startRelayer(
    options: {
      as?: "relayer" | "keeper";
      hears?: Heard<RelayEvent>;
      sources?: readonly VoucherSource[];
    } = {},
  ): { stop(): Promise<void>; store: RelayerStore } {
    const { as = "relayer", hears = heard, sources = board.sources } = options;
    const store = new RelayerStore(join(directory, `${as}.sqlite`));
    const relayer = new Relayer(
      { chains: chains(), pollMilliseconds: POLL_MILLISECONDS },
      {
        wallet: localKey(as),
        sources,
        store,
        clock: systemClock,
        random: new SeededRandom(1, as),
        listener: hears.listener,
      },
    );
    relayer.start();
    let stopped = false;
    const service = {
      store,
      stop: async () => {
        if (stopped) return;
        stopped = true;
        await relayer.stop();
        store.close();
      },
    };
    running.push(service);
    return service;
  }

  const validatorStore = ({ address }: BaseWallet) =>
    new ValidatorStore(join(directory, `${address}.sqlite`));

  /** Starts a validator whose signatures the relayers see. */
  function startValidator(wallet: BaseWallet): { stop(): Promise<void> } {
    const store = validatorStore(wallet);
    const validator = new Validator(
      { chains: chains(), pollMilliseconds: POLL_MILLISECONDS },
      { wallet, store, clock: systemClock, listener: heard.listener },
    );
    board.pass(wallet.address, validator.source);
    validator.start();
    let stopped = false;
    const service = {
      stop: async () => {
        if (stopped) return;
        stopped = true;
        await validator.stop();
        board.pass(wallet.address, undefined);
        store.close();
      },
    };
    running.push(service);
    return service;
  }

  const domain = () => ({ chainId: network.client("main").chainId, gateway: outbox.gateway.address });
  const sign = (wallet: BaseWallet, checkpoint: Checkpoint, place = domain()) =>
    wallet.signTypedData(checkpointDomain(place), CHECKPOINT_TYPES, checkpoint);
  /** The outbox as it was after a message. */
  const checkpointAt = ({ nonce }: SentMessage): Checkpoint => ({
    root: outbox.tree.root(nonce + 1),
    index: nonce,
  });
  /** Where what validators sign of it is kept. */
  const where = () => ({ kind: "checkpoint", ...domain() }) as const;
  const claims = ({ address }: BaseWallet, checkpoint: Checkpoint, signature: string) =>
    board.claim(address, { place: checkpoint.index, hash: checkpoint.root, signature });
  const delivered = ({ id }: SentMessage, hears = heard) =>
    hears.until((event) => event.type === "message-delivered" && event.messageId === id);
  const isDelivered = ({ nonce }: SentMessage) =>
    network.gateway("relay").isDelivered(domain().chainId, nonce);
  const failuresOf = ({ id }: SentMessage) =>
    heard.events.filter((event) => event.type === "delivery-failed" && event.messageId === id);
  const troubles = (code: string) =>
    heard.events.filter(
      (event) => event.type === "trouble" && event.error instanceof BaseError && event.error.code === code,
    );

  /** How often the relay chain says that a message was delivered. */
  async function deliveries({ id }: SentMessage): Promise<number> {
    const gateway = network.gateway("relay");
    const { number } = (await gateway.header("latest"))!;
    return (await gateway.events(0, number)).delivered.filter((one) => one.id === id).length;
  }

  it("has the tree of the outbox that the gateway has", async () => {
    await send(willing);
    await send(willing);
    const { root, count } = await network.gateway("main").outbox();
    expect({ root: outbox.tree.root(), count: outbox.tree.count }).to.deep.equal({ root, count });
  });

  describe("facing validators that lie", () => {
    const root = `0x${"bd".repeat(32)}`;
    const lies: [
      what: string,
      lie: (wallet: BaseWallet, truth: Checkpoint) => Promise<[Checkpoint, string]>,
    ][] = [
      [
        "another root, truly signed",
        async (wallet, truth) => [{ ...truth, root }, await sign(wallet, { ...truth, root })],
      ],
      [
        "the true root with the signature of another",
        async (wallet, truth) => [truth, await sign(wallet, { ...truth, root })],
      ],
      ["the signature of no validator", async (_, truth) => [truth, await sign(STRANGER, truth)]],
      ["the signature of another validator", async (_, truth) => [truth, await sign(VALIDATORS[0]!, truth)]],
      [
        "the signature for another index",
        async (wallet, truth) => [truth, await sign(wallet, { ...truth, index: truth.index + 1 })],
      ],
      [
        "the signature for another chain",
        async (wallet, truth) => [truth, await sign(wallet, truth, { ...domain(), chainId: 1n })],
      ],
      [
        "an index that there is not yet",
        async (wallet, truth) => {
          const later = { ...truth, index: truth.index + 7 };
          return [later, await sign(wallet, later)];
        },
      ],
      ["a signature of zeros", async (_, truth) => [truth, `0x${"00".repeat(65)}`]],
      [
        "a signature that is cut short",
        async (wallet, truth) => [truth, (await sign(wallet, truth)).slice(0, 40)],
      ],
      ["a signature that is garbage", async (_, truth) => [truth, "garbage"]],
    ];
    for (const [what, lie] of lies) {
      it(`delivers nothing for ${what}, and goes on when enough have signed the truth`, async () => {
        const message = await send(willing);
        const truth = checkpointAt(message);
        const [first, second, third] = VALIDATORS;
        claims(first!, truth, await sign(first!, truth));
        for (const wallet of [second!, third!]) claims(wallet, ...(await lie(wallet, truth)));
        startRelayer();
        await board.asked(3);
        expect(await isDelivered(message)).to.equal(false);
        expect(failuresOf(message)).to.deep.equal([]);
        claims(third!, truth, await sign(third!, truth));
        expect(await delivered(message)).to.include({ attempts: 0, own: true });
        expect(await deliveries(message)).to.equal(1);
      });
    }

    for (const [what, encode] of [
      ["compact", (signature: string) => Signature.from(signature).compactSerialized],
      [
        "with a parity of 0 or 1",
        (signature: string) => `${signature.slice(0, -2)}0${Signature.from(signature).yParity}`,
      ],
    ] as const) {
      it(`understands true signatures in another form: ${what}`, async () => {
        const message = await send(willing);
        const truth = checkpointAt(message);
        for (const wallet of VALIDATORS) claims(wallet, truth, encode(await sign(wallet, truth)));
        startRelayer();
        expect(await delivered(message)).to.include({ attempts: 0, own: true });
      });
    }

    it("goes on without the validator that does not answer, and tells of it once", async () => {
      const message = await send(willing);
      const truth = checkpointAt(message);
      const [first, second, third] = VALIDATORS;
      board.pass(first!.address, {
        ...board.source(first!.address),
        vouchers: async () => {
          throw new BaseError("VALIDATOR_UNAVAILABLE", "It is away.", { retryable: true });
        },
      });
      claims(second!, truth, await sign(second!, truth));
      startRelayer();
      await board.asked(3);
      expect(await isDelivered(message)).to.equal(false);
      claims(third!, truth, await sign(third!, truth));
      await delivered(message);
      expect(troubles("VALIDATOR_UNAVAILABLE")).to.have.length(1);
    });
  });

  it("goes on with two validators of three; with one it waits until another comes back", async () => {
    const message = await send(willing);
    startValidator(VALIDATORS[2]!);
    await heard.until((event) => event.type === "vouched" && event.place === message.nonce);
    startRelayer();
    await board.asked(3);
    expect(await isDelivered(message)).to.equal(false);
    startValidator(VALIDATORS[0]!);
    await delivered(message);
    const next = await send(willing);
    await delivered(next);
    expect([await deliveries(message), await deliveries(next)]).to.deep.equal([1, 1]);
  });

  it("tries a message whose recipient reverts again and again, and holds up no other", async () => {
    for (const wallet of VALIDATORS) startValidator(wallet);
    startRelayer();
    const stuck = await send(moody);
    const next = await send(willing);
    await delivered(next);
    const failure = await heard.until(
      (event) => event.type === "delivery-failed" && event.messageId === stuck.id && event.attempts === 3,
    );
    expect((failure as Extract<RelayEvent, { type: "delivery-failed" }>).retrySeconds).to.be.above(0.3);
    expect(await isDelivered(stuck)).to.equal(false);
    await cheerUp(network.client("relay"));
    expect(await delivered(stuck)).to.include({ own: true });
    expect([await deliveries(stuck), await deliveries(next)]).to.deep.equal([1, 1]);
  });

  it("is stopped by no recipient that somebody made up", async () => {
    for (const wallet of VALIDATORS) startValidator(wallet);
    startRelayer();
    // The gateway lets pass what comes after an address, and leading zeros of a chain's id.
    const odd = [
      await send(willing, (account) => `${account}00`),
      await send(willing, (account) => account.replace(/^0x0001000002/, "0x000100000300")),
    ];
    const noAddress = send(willing, (account) => `${account.slice(0, -42)}00`);
    expect((await rejected(noAddress)).code).to.equal("NoRecipient");
    const next = await send(willing);
    for (const message of [...odd, next]) await delivered(message);
    expect(outbox.tree.root()).to.equal((await network.gateway("main").outbox()).root);
  });

  it("shares the work with another relayer, and with itself started again", async () => {
    for (const wallet of VALIDATORS) startValidator(wallet);
    const others = new Heard<RelayEvent>();
    startRelayer({ as: "keeper", hears: others });
    const first = startRelayer();
    const messages = [];
    for (let i = 0; i < 6; i++) messages.push(await send(willing));
    // Both hear of every delivery, whoever did it.
    for (const message of messages) await Promise.all([delivered(message), delivered(message, others)]);
    await first.stop();
    startRelayer();
    const last = await send(willing);
    await Promise.all([delivered(last), delivered(last, others)]);
    for (const message of [...messages, last]) {
      expect(await deliveries(message)).to.equal(1);
      const own = [heard, others].flatMap(({ events }) =>
        events.filter(
          (event) => event.type === "message-delivered" && event.messageId === message.id && event.own,
        ),
      );
      expect(own).to.have.length(1);
    }
  });

  it("knows after a restart, from its database and the chains, what is to be done", async () => {
    const validators = VALIDATORS.map((wallet) => startValidator(wallet));
    const first = startRelayer();
    const before = await send(willing);
    await delivered(before);
    await first.stop();
    for (const validator of validators) await validator.stop();
    const [ahead, others] = [await send(willing), await send(willing)];
    for (const wallet of VALIDATORS) startValidator(wallet);
    await heard.until((event) => event.type === "vouched" && event.place === others.nonce);
    heard = new Heard();
    const { store } = startRelayer();
    await Promise.all([delivered(ahead), delivered(others)]);
    expect(
      heard.events.filter((event) => event.type === "message-sent").map((event) => event.nonce),
    ).to.deep.equal([ahead.nonce, others.nonce]);
    expect(store.ids(domain().chainId)).to.have.length(outbox.tree.count);
    for (const message of [before, ahead, others]) expect(await deliveries(message)).to.equal(1);
  });

  describe("validators", () => {
    it("sign every message once, started again too, and what they sign is what the gateway shows", async () => {
      const wallet = VALIDATORS[0]!;
      const signed = () => {
        const store = validatorStore(wallet);
        const list = store.vouchers.from(where(), 0, { limit: 9999, newestFirst: false });
        store.close();
        return list;
      };
      const message = await send(willing);
      const first = startValidator(wallet);
      await heard.until((event) => event.type === "vouched" && event.place === message.nonce);
      await first.stop();
      const before = signed();
      expect(before.at(-1)!.hash).to.equal((await network.gateway("main").outbox()).root);
      for (const { place: index, hash: root, signature } of before) {
        expect(root).to.equal(outbox.tree.root(index + 1));
        expect(checkpointSigner(domain(), { index, root }, signature)).to.equal(wallet.address);
      }

      startValidator(wallet);
      const next = await send(willing);
      await heard.until((event) => event.type === "vouched" && event.place === next.nonce);
      await running.pop()!.stop();
      const after = signed();
      expect(after.slice(0, before.length)).to.deep.equal(before);
      expect(after.slice(before.length).map(({ place }) => place)).to.deep.equal([next.nonce]);
    });

    it("refuse to sign another root for an index, and anything that builds on it", async () => {
      const message = await send(willing);
      const next = await send(willing);
      const [wallet, second, third] = [VALIDATORS[0]!, VALIDATORS[1]!, VALIDATORS[2]!];
      const signed = { root: `0x${"bd".repeat(32)}`, index: message.nonce };
      const store = validatorStore(wallet);
      store.vouchers.save(where(), [
        { place: signed.index, hash: signed.root, signature: await sign(wallet, signed) },
      ]);
      const before = store.vouchers.from(where(), 0, { limit: 99, newestFirst: true });
      startValidator(wallet);
      const { error } = (await heard.until(({ type }) => type === "trouble")) as { error: BaseError };
      expect(error.code).to.equal("WOULD_EQUIVOCATE");
      expect(error.details).to.contain(signed.root);
      // The others sign on, and messages pass without it.
      for (const honest of [second, third]) startValidator(honest);
      startRelayer();
      const last = await send(willing);
      for (const each of [message, next, last]) await delivered(each);
      expect(store.vouchers.from(where(), 0, { limit: 99, newestFirst: true })).to.deep.equal(before);
      expect(troubles("WOULD_EQUIVOCATE")).to.have.length(1);
      store.close();
    });
  });

  describe("proveMessage", () => {
    const prove = (id: string) => proveMessage(id, chains(), { sources: board.sources });

    it("says when there is no such message", async () => {
      expect((await rejected(prove(`0x${"ab".repeat(32)}`))).code).to.equal("MESSAGE_NOT_FOUND");
    });

    it("says when too few have signed, then gives what any stranger can deliver with, once", async () => {
      const message = await send(willing);
      const truth = checkpointAt(message);
      claims(VALIDATORS[1]!, truth, await sign(VALIDATORS[1]!, truth));
      const early = await rejected(prove(message.id));
      expect(early.code).to.equal("NOT_PROVEN");
      expect(early.retryable).to.equal(true);

      claims(VALIDATORS[2]!, truth, await sign(VALIDATORS[2]!, truth));
      const proven = await prove(message.id);
      expect(proven).to.include({ gateway: network.place("relay").contracts.gateway, isDelivered: false });
      const client = network.client("relay");
      await client.provider.send("hardhat_setBalance", [STRANGER.address, "0xde0b6b3a7640000"]);
      const account = new ChainAccount(client, STRANGER.connect(client.provider));
      await account.call("Gateway.deliver", proven.gateway, proven.data);
      expect(await isDelivered(message)).to.equal(true);
      const again = await rejected(account.call("Gateway.deliver", proven.gateway, proven.data));
      expect(again.code).to.equal("AlreadyDelivered");
      expect((await prove(message.id)).isDelivered).to.equal(true);
      expect(await deliveries(message)).to.equal(1);
    });
  });

  it("hears of events after a listener that failed", async () => {
    const errors = new Heard<unknown>();
    const place = { contract: contracts.Gateway, address: outbox.gateway.address };
    const follower = new ChainFollower(
      network.client("main"),
      [place],
      { finality: AT_ONCE },
      { onError: errors.listener },
    );
    await follower.start();
    const unsubscribe = follower.subscribe(() => undefined);
    unsubscribe();
    const sent: string[] = [];
    let known = follower.events.length;
    follower.subscribe(({ name }) => {
      if (known-- <= 0 && name === "MessageInserted") throw new Error("a listener that fails");
    });
    follower.subscribe(({ name, args }) => {
      if (name === "MessageSent") sent.push(args.sendId);
    });
    const before = sent.length;
    const messages = [await send(willing), await send(willing)];
    await follower.first({ name: "MessageSent", where: ({ args }) => args.sendId === messages[1]!.id });
    expect(String(await errors.until(() => true))).to.contain("a listener that fails");
    await follower.stop();
    expect(sent.slice(before)).to.deep.equal(messages.map(({ id }) => id));
  });
});
