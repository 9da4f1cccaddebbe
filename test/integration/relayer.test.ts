import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { type BaseWallet, Signature, Wallet } from "ethers";

import { ChainFollower } from "../../chains/ChainFollower.ts";
import { localKey } from "../../chains/localKeys.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { CHECKPOINT_TYPES, type Checkpoint, checkpointDomain } from "../../protocol/checkpoint.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { CheckpointStore, type SignedCheckpoint } from "../../relay/CheckpointStore.ts";
import { Outbox, type SentMessage } from "../../relay/Outbox.ts";
import type { RelayEvent } from "../../relay/RelayEvent.ts";
import { Relayer } from "../../relay/Relayer.ts";
import { Validator } from "../../relay/Validator.ts";
import { Heard } from "./Heard.ts";
import { cheerUp, moodyRecipient, willingRecipient } from "./recipients.ts";
import { TestNetwork } from "./TestNetwork.ts";

// As the gateways list them: by ascending address.
const VALIDATORS = [0, 1, 2]
  .map((i) => localKey("validator", i))
  .sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
const STRANGER = new Wallet(`0x${"99".repeat(32)}`);

/** A store that tells how often a relayer has looked. */
class WatchedStore extends CheckpointStore {
  #looks = 0;
  #waiting: { looks: number; resolve: () => void }[] = [];

  override get(chainId: bigint, validator: string, index: number): SignedCheckpoint | undefined {
    this.#looks++;
    for (const { looks, resolve } of this.#waiting) if (this.#looks >= looks) resolve();
    return super.get(chainId, validator, index);
  }

  /** Waits until it was asked so many more times. */
  looked(times: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ looks: this.#looks + times, resolve }));
  }
}

describe("relayer", () => {
  let network: TestNetwork;
  let willing: string;
  let moody: string;
  /** What a test has started, to be stopped after it. */
  let running: { stop(): Promise<void> }[] = [];
  let directory: string;
  let store: WatchedStore;
  let heard: Heard<RelayEvent>;
  let outbox: Outbox;
  let tests = 0;

  before(async () => {
    network = await TestNetwork.start({ basePort: 9320, subchains: ["physical"] });
    willing = await willingRecipient(network.client("relay"));
    moody = await moodyRecipient(network.client("relay"));
  });
  after(() => network?.stop());

  beforeEach(async () => {
    directory = join(network.config.directory, `checkpoints-${++tests}`);
    mkdirSync(directory);
    store = new WatchedStore(directory);
    heard = new Heard();
    outbox = new Outbox(network.gateway("main"), { fromBlock: 0 });
    await outbox.start();
  });
  afterEach(async () => {
    for (const service of running.reverse()) await service.stop();
    running = [];
    await outbox.stop();
  });

  /** Sends a message from main to a recipient on the relay chain; resolves when the outbox knows it. */
  async function send(recipient: string, encode = (account: string) => account): Promise<SentMessage> {
    const chainId = network.client("relay").chainId;
    const account = await network.account("main", "publisher");
    const nonce = (await network.gateway("main").outbox()).count;
    const to = encode(formatInteroperable({ chainId, address: recipient }));
    await account.send("Gateway", outbox.gateway.address, "sendMessage", [to, "0x1234", []]);
    return new Promise((resolve) => {
      outbox.subscribe((message) => {
        if (message.nonce === nonce) resolve(message);
      });
    });
  }

  /** Starts a relayer from main to the relay chain. */
  async function startRelayer(role: "relayer" | "keeper" = "relayer", hears = heard): Promise<Relayer> {
    const relayer = new Relayer({
      outboxes: [outbox],
      destinations: [{ gateway: network.gateway("relay"), account: await network.account("relay", role) }],
      store,
      listener: hears.listener,
      clock: Date.now,
    });
    relayer.start();
    running.push(relayer);
    return relayer;
  }

  function startValidator(wallet: BaseWallet): void {
    const validator = new Validator(wallet, { outboxes: [outbox], store, listener: heard.listener });
    validator.start();
    running.push(validator);
  }

  const domain = () => ({ chainId: network.client("main").chainId, gateway: outbox.gateway.address });
  const sign = (wallet: BaseWallet, checkpoint: Checkpoint, place = domain()) =>
    wallet.signTypedData(checkpointDomain(place), CHECKPOINT_TYPES, checkpoint);
  /** The outbox as it was after a message. */
  const checkpointAt = ({ nonce }: SentMessage): Checkpoint => ({
    root: outbox.tree.root(32, nonce + 1),
    index: nonce,
  });
  const claims = (wallet: BaseWallet, checkpoint: Checkpoint, signature: string) =>
    store.append(domain().chainId, wallet.address, { ...checkpoint, signature });
  const pathOf = (wallet: BaseWallet) =>
    join(directory, `${domain().chainId}-${wallet.address.toLowerCase()}.jsonl`);
  const delivered = ({ id }: SentMessage) =>
    heard.until((event) => event.type === "message-delivered" && event.messageId === id);
  const isDelivered = ({ id }: SentMessage) => network.gateway("relay").isDelivered(id);

  /** Waits until the relayer has looked for every validator's signature of every message, more than once. */
  const lookedAround = () => store.looked(2 * VALIDATORS.length * outbox.tree.count + 1);
  const troubles = (code: string) =>
    heard.events.filter(({ type, error }: RelayEvent & { error?: unknown }) => {
      return type === "trouble" && error instanceof BaseError && error.code === code;
    });

  /** How often the relay chain says that a message was delivered. */
  async function deliveries({ id }: SentMessage): Promise<number> {
    const { client, contracts } = network.gateway("relay");
    const events = await client.events(contracts, 0);
    return events.filter(({ name, args }) => name === "MessageDelivered" && args.messageId === id).length;
  }

  it("has the tree of the outbox that the gateway has", async () => {
    await send(willing);
    await send(willing);
    const { root, count } = await network.gateway("main").outbox();
    expect({ root: outbox.tree.root(), count: outbox.tree.count }).to.deep.equal({ root, count });
  });

  describe("facing a store that lies", () => {
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
        await startRelayer();
        await lookedAround();
        expect(await isDelivered(message)).to.equal(false);
        expect(heard.events.filter(({ type }) => type === "delivery-failed")).to.deep.equal([]);
        claims(third!, truth, await sign(third!, truth));
        expect(await delivered(message)).to.include({ attempts: 1 });
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
        await startRelayer();
        expect(await delivered(message)).to.include({ attempts: 1 });
      });
    }

    it("goes on without the validator whose file holds a corrupted line, and tells of it once", async () => {
      const message = await send(willing);
      const truth = checkpointAt(message);
      const [first, second, third] = VALIDATORS;
      appendFileSync(pathOf(first!), "no checkpoint\n");
      claims(first!, truth, await sign(first!, truth));
      claims(second!, truth, await sign(second!, truth));
      await startRelayer();
      await lookedAround();
      expect(await isDelivered(message)).to.equal(false);
      claims(third!, truth, await sign(third!, truth));
      await delivered(message);
      expect(troubles("CHECKPOINTS_CORRUPT")).to.have.length(1);
    });
  });

  it("goes on with two validators of three; with one it waits until another comes back", async () => {
    const message = await send(willing);
    startValidator(VALIDATORS[2]!);
    await startRelayer();
    await lookedAround();
    expect(await isDelivered(message)).to.equal(false);
    startValidator(VALIDATORS[0]!);
    await delivered(message);
    const next = await send(willing);
    await delivered(next);
    expect([await deliveries(message), await deliveries(next)]).to.deep.equal([1, 1]);
  });

  it("tries a message whose recipient reverts again and again, and holds up no other", async () => {
    for (const wallet of VALIDATORS) startValidator(wallet);
    await startRelayer();
    const stuck = await send(moody);
    const next = await send(willing);
    await delivered(next);
    const failures = (event: RelayEvent) =>
      event.type === "delivery-failed" && event.messageId === stuck.id && event.attempts === 3;
    const { retrySeconds } = (await heard.until(failures)) as Extract<
      RelayEvent,
      { type: "delivery-failed" }
    >;
    expect(retrySeconds).to.be.above(0.3);
    expect(await isDelivered(stuck)).to.equal(false);
    await cheerUp(network.client("relay"));
    await delivered(stuck);
    expect([await deliveries(stuck), await deliveries(next)]).to.deep.equal([1, 1]);
  });

  it("is stopped by no recipient that somebody made up", async () => {
    for (const wallet of VALIDATORS) startValidator(wallet);
    await startRelayer();
    // The gateway reads the chain of a recipient and lets pass what comes after an address, or no address.
    const odd = [
      await send(willing, (account) => `${account}00`),
      await send(willing, (account) => `${account.slice(0, -42)}00`),
    ];
    const next = await send(willing);
    await delivered(next);
    expect(outbox.tree.root()).to.equal((await network.gateway("main").outbox()).root);
    expect(troubles("NOT_INTEROPERABLE")).to.have.length(odd.length);
  });

  it("shares the work with another relayer, and with itself started again", async () => {
    for (const wallet of VALIDATORS) startValidator(wallet);
    const others = new Heard<RelayEvent>();
    await startRelayer("keeper", others);
    const first = await startRelayer();
    const messages = [];
    for (let i = 0; i < 5; i++) messages.push(await send(willing));
    const either = ({ id }: SentMessage) =>
      Promise.race(
        [heard, others].map((each) =>
          each.until((event) => event.type === "message-delivered" && event.messageId === id),
        ),
      );
    await Promise.all(messages.map(either));
    await first.stop();
    await startRelayer();
    const last = await send(willing);
    await either(last);
    for (const message of [...messages, last]) expect(await deliveries(message)).to.equal(1);
    const failed = [...heard.events, ...others.events].filter(({ type }) => type === "delivery-failed");
    expect(failed).to.deep.equal([]);
  });

  describe("validators", () => {
    it("sign every message once, started again too, and what they sign is what the gateway shows", async () => {
      const message = await send(willing);
      startValidator(VALIDATORS[0]!);
      await heard.until((event) => event.type === "checkpoint-signed" && event.index === message.nonce);
      await running.pop()!.stop();
      const before = readFileSync(pathOf(VALIDATORS[0]!), "utf8");
      const lines = before
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as SignedCheckpoint);
      expect(lines.map(({ index }) => index)).to.deep.equal(outbox.messages.map(({ nonce }) => nonce));
      expect(lines.at(-1)!.root).to.equal((await network.gateway("main").outbox()).root);

      startValidator(VALIDATORS[0]!);
      const next = await send(willing);
      await heard.until((event) => event.type === "checkpoint-signed" && event.index === next.nonce);
      const after = readFileSync(pathOf(VALIDATORS[0]!), "utf8");
      expect(after.slice(0, before.length)).to.equal(before);
      expect(after.slice(before.length).trimEnd().split("\n")).to.have.length(1);
    });

    it("refuse to sign another root for an index, and anything that builds on it", async () => {
      const message = await send(willing);
      const next = await send(willing);
      const [wallet, second, third] = VALIDATORS;
      const signed = { root: `0x${"bd".repeat(32)}`, index: message.nonce };
      claims(wallet!, signed, await sign(wallet!, signed));
      const before = readFileSync(pathOf(wallet!), "utf8");
      startValidator(wallet!);
      const trouble = await heard.until(({ type }) => type === "trouble");
      const { error } = trouble as { error: BaseError };
      expect(error.code).to.equal("WOULD_EQUIVOCATE");
      expect(error.details).to.contain(signed.root);
      // The others sign on, and messages pass without it.
      for (const honest of [second!, third!]) startValidator(honest);
      await startRelayer();
      const last = await send(willing);
      for (const each of [message, next, last]) await delivered(each);
      const after = readFileSync(pathOf(wallet!), "utf8");
      expect(after.slice(0, before.length)).to.equal(before);
      const later = after
        .slice(before.length)
        .split("\n")
        .filter((line) => line !== "");
      const indices = later.map((line) => (JSON.parse(line) as SignedCheckpoint).index);
      expect(indices.filter((index) => index >= message.nonce)).to.deep.equal([]);
    });

    it("sign nothing while their own file holds a corrupted line", async () => {
      await send(willing);
      appendFileSync(pathOf(VALIDATORS[0]!), "no checkpoint\n");
      startValidator(VALIDATORS[0]!);
      const { error } = (await heard.until(({ type }) => type === "trouble")) as { error: BaseError };
      expect(error.code).to.equal("CHECKPOINTS_CORRUPT");
      await running.pop()!.stop();
      expect(readFileSync(pathOf(VALIDATORS[0]!), "utf8")).to.equal("no checkpoint\n");
    });
  });

  it("hears of events after a listener that failed", async () => {
    const client = network.client("main");
    const errors: unknown[] = [];
    const follower = new ChainFollower(client, network.gateway("main").contracts, {
      onError: (error) => errors.push(error),
    });
    await follower.start();
    const unsubscribe = follower.subscribe(() => undefined);
    unsubscribe();
    const sent: number[] = [];
    let known = follower.events.length;
    follower.subscribe(({ name }) => {
      if (known-- <= 0 && name === "MessageInserted") throw new Error("a listener that fails");
    });
    follower.subscribe(({ name, args }) => {
      if (name === "MessageSent") sent.push(args.sendId);
    });
    const before = sent.length;
    const messages = [await send(willing), await send(willing)];
    await follower.waitFor(({ name, args }) => name === "MessageSent" && args.sendId === messages[1]!.id);
    await follower.stop();
    expect(sent.slice(before)).to.deep.equal(messages.map(({ id }) => id));
    expect(errors).to.have.length.above(0);
  });
});
