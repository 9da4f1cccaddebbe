import type { BaseWallet } from "ethers";
import { AT_ONCE, type FinalityRule, finalHeader } from "../chains/clients/finality.ts";
import { type GatewayClient, type ProofKind, toDeliverable } from "../chains/clients/GatewayClient.ts";
import { RpcRefusal } from "../chains/rpc/Rpc.ts";
import { revertOf } from "../chains/rpc/revertOf.ts";
import { gasWithMargin } from "../chains/transactions/gasWithMargin.ts";
import type { RandomSource } from "../numerics/RandomSource.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { backOff } from "../protocol/backOff.ts";
import type { Clock } from "../protocol/Clock.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";
import { GatewayFollower } from "./GatewayFollower.ts";
import type { CheckpointSource } from "./proofs/checkpoint/CheckpointSource.ts";
import type { Provable, Prover } from "./proofs/Prover.ts";
import { proversOf } from "./proofs/proversOf.ts";
import { type RouteState, routeAndSet } from "./proofs/routeAndSet.ts";
import type { RelayListener } from "./RelayEvent.ts";
import { repeat } from "./repeat.ts";
import { type Settled, SubmissionChannel } from "./SubmissionChannel.ts";
import type { KnownMessage, RelayerStore } from "./store/RelayerStore.ts";

/** As much gas as a transaction may have (EIP-7825). */
const MOST_GAS = 1n << 24n;
/** Most messages in one transaction. */
const BATCH = 32;
/** Waiting times between attempts, milliseconds. */
const RETRY = { first: 200, last: 10_000 };
/** The same after a refusal that repetition will hardly change. */
const PERMANENT_RETRY = { first: 200, last: 600_000 };
/** Waiting times until another relayer's delivery is looked for again, milliseconds. */
const OTHERS_RETRY = { first: 100, last: 1600 };
/** How long what a gateway says of a route is taken to stay, milliseconds. */
const ROUTE_MILLISECONDS = 10_000;
/** Highest pauses of a relayer that others forestall, in polls. */
const STAND_BACK_POLLS = { first: 4, last: 64 };
/** Longest rest of a lane in trouble, milliseconds. */
const LAST_REST_MILLISECONDS = 5000;

/** A chain that a relayer reads from and delivers to. */
export interface RelayedChain {
  gateway: GatewayClient;
  /** Block in which the gateway was deployed, or one before. */
  fromBlock: number;
  finality: FinalityRule;
  /**
   * ERC-7930 addresses of recipients whose deliveries this relayer pays for; all when undefined. Messages for others
   * are known and can be delivered by whoever wants them.
   */
  recipients: readonly string[] | undefined;
}

interface Lane {
  from: RelayedChain & { follower: GatewayFollower };
  to: RelayedChain;
  channel: SubmissionChannel;
  known: ({ askedAt: number } & RouteState) | undefined;
  /** How often in a row it was in trouble, and until when it is left alone: Unix time, milliseconds. */
  failures: number;
  restsUntil: number;
}

/**
 * Proves and delivers messages. It is untrusted, and loses nothing: what it found,
 * proved and sent is on the disk before it acts on it, and whatever its disk does
 * not know the chains do. A message that fails is tried again for ever and holds
 * up no other.
 */
export class Relayer {
  readonly #chains: readonly (RelayedChain & { follower: GatewayFollower })[];
  readonly #lanes: readonly Lane[];
  readonly #channels: readonly SubmissionChannel[];
  readonly #store: RelayerStore;
  readonly #provers: Readonly<Record<ProofKind, Prover>>;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #listener: RelayListener;
  readonly #pollMilliseconds: number;
  readonly #stop = new AbortController();
  /** How often in a row this relayer was forestalled on a chain, and until when it stands back. */
  readonly #forestalled = new Map<SubmissionChannel, { times: number; until: number }>();
  #running: Promise<unknown> | undefined;

  constructor(
    options: { chains: readonly RelayedChain[]; pollMilliseconds: number },
    modules: {
      wallet: BaseWallet;
      sources: readonly CheckpointSource[];
      store: RelayerStore;
      clock: Clock;
      random: RandomSource;
      listener: RelayListener;
    },
  ) {
    const { wallet, sources, store, clock, random, listener } = modules;
    this.#pollMilliseconds = options.pollMilliseconds;
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
    this.#listener = listener;
    this.#provers = proversOf({ sources, store, listener });
    this.#chains = options.chains.map((chain) => ({
      ...chain,
      follower: new GatewayFollower(
        { fromBlock: chain.fromBlock, finality: AT_ONCE },
        { gateway: chain.gateway, store },
      ),
    }));
    this.#channels = options.chains.map(
      ({ gateway, finality }) =>
        new SubmissionChannel({ finality }, { gateway, wallet, store, clock, listener }),
    );
    this.#lanes = this.#chains.flatMap((from) =>
      options.chains.flatMap((to, i) =>
        to.gateway === from.gateway
          ? []
          : [{ from, to, channel: this.#channels[i]!, known: undefined, failures: 0, restsUntil: 0 }],
      ),
    );
  }

  /** Begins to read and deliver; a chain that does not answer holds up no other. */
  start(): void {
    const { signal } = this.#stop;
    const options = { signal, pollMilliseconds: this.#pollMilliseconds };
    const loop = (chain: string, doing: string, work: () => Promise<boolean>) =>
      repeat(work, options, {
        clock: this.#clock,
        onError: (error) => this.#listener({ type: "trouble", chain, doing, error }),
      });
    this.#running = Promise.all([
      ...this.#chains.map((chain) =>
        loop(chain.gateway.name, "reading its gateway", () => this.#read(chain)),
      ),
      ...this.#channels.map((channel) =>
        loop(channel.gateway.name, "delivering to it", () => this.#deliverTo(channel)),
      ),
    ]);
  }

  /** Ends once the steps under way are over. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** @returns Whether there may be more to read at once. */
  async #read({
    gateway,
    finality,
    follower,
  }: RelayedChain & { follower: GatewayFollower }): Promise<boolean> {
    const step = await follower.step();
    if (step.type === "rewound") {
      const { from, to } = step;
      this.#listener({
        type: "chain-reorganized",
        chain: gateway.name,
        by: "relayer",
        from: from.number,
        to: to?.number,
      });
      return true;
    }
    if (step.type === "advanced") {
      for (const { id, nonce, destination } of step.sent) {
        this.#listener({ type: "message-sent", chain: gateway.name, messageId: id, nonce, destination });
      }
      for (const { id, origin, nonce, transactionHash } of step.delivered) {
        this.#listener({
          type: "message-delivered",
          chain: gateway.name,
          origin: this.#nameOf(origin),
          messageId: id,
          nonce,
          attempts: this.#store.message(origin, nonce)?.attempts ?? 0,
          own: this.#store.isOwn(transactionHash),
        });
      }
    }
    await this.#confirm(gateway, finality);
    return step.type === "advanced" && (await this.#isBehind(gateway, step.to.number));
  }

  async #isBehind(gateway: GatewayClient, read: number): Promise<boolean> {
    return ((await gateway.header("latest"))?.number ?? 0) > read;
  }

  /** Deliveries are taken for good once their block is final; those of blocks that were never final are not. */
  async #confirm(gateway: GatewayClient, finality: FinalityRule): Promise<void> {
    const cursor = this.#store.cursor(gateway.chainId);
    if (cursor === undefined || this.#store.unconfirmed(gateway.chainId, cursor.number).length === 0) return;
    const final = await finalHeader(gateway.rpc, finality);
    if (final === undefined) return;
    const due = this.#store.unconfirmed(gateway.chainId, Math.min(final.number, cursor.number));
    for (const number of new Set(due.map(({ blockNumber }) => blockNumber))) {
      const header = await gateway.header(number);
      if (header !== undefined) this.#store.confirm(gateway.chainId, header);
    }
  }

  /** One turn of a destination's channel. @returns Whether there may be more to deliver at once. */
  async #deliverTo(channel: SubmissionChannel): Promise<boolean> {
    const settled = await channel.tend();
    this.#standBack(channel, settled);
    for (const one of settled) await this.#judge(channel, one);
    if (this.#clock.now() < (this.#forestalled.get(channel)?.until ?? 0)) return false;
    let more = false;
    for (const lane of this.#lanes) {
      if (lane.channel !== channel || this.#clock.now() < lane.restsUntil) continue;
      let sent = true;
      try {
        while (sent && channel.isFree && !this.#stop.signal.aborted) sent = await this.#deliverAlong(lane);
        lane.failures = 0;
        more ||= sent;
      } catch (error) {
        // A lane in trouble, such as one without a route, holds up no other.
        const rest = backOff(
          { first: 2 * this.#pollMilliseconds, last: LAST_REST_MILLISECONDS },
          ++lane.failures,
        );
        lane.restsUntil = this.#clock.now() + rest;
        const doing = `delivering ${lane.from.gateway.name}'s messages`;
        this.#listener({ type: "trouble", chain: channel.gateway.name, doing, error });
      }
    }
    return more;
  }

  /** What a block refused although it would have succeeded before is tried again, but ever less often. */
  async #judge(channel: SubmissionChannel, { origin, outcomes }: Settled): Promise<void> {
    const lane = this.#lanes.find((one) => one.channel === channel && one.from.gateway.chainId === origin);
    for (const [nonce, outcome] of outcomes) {
      const message = this.#store.message(origin, nonce);
      if (outcome === "delivered" || lane === undefined || !message?.isOpen) continue;
      if (await channel.gateway.isDelivered(origin, nonce)) await this.#noteDelivered(lane, message);
      else {
        const text =
          outcome === "refused" ? "Its block refused the delivery." : "Its block passed the message over.";
        this.#fail(
          lane,
          message,
          new BaseError("REFUSED_IN_BLOCK", text, { retryable: outcome !== "refused" }),
        );
      }
    }
  }

  /** Sends one transaction along a lane. @returns Whether another may follow at once. */
  async #deliverAlong(lane: Lane): Promise<boolean> {
    const { from, to } = lane;
    const route = { origin: from.gateway.chainId, destination: to.gateway.chainId };
    const open = this.#store.openRange(route.origin, route.destination);
    if (open === undefined) return false;
    const { set, kind } = await this.#routeOf(lane);
    const provable = await this.#provers[kind].prepare({
      origin: from.gateway,
      destination: route.destination,
      tree: from.follower.tree,
      set,
      open,
    });
    if (provable === undefined) return false;
    const { index } = provable;
    const now = this.#clock.now();
    const due = this.#store.due(route, { index, now, limit: BATCH, recipients: to.recipients });
    const together = provable.together(due);
    if (together.length === 0) return false;
    const sent = await this.#send(lane, together, provable);
    return sent && (due.length === BATCH || together.length < due.length);
  }

  /** Tries the delivery on the chain's state; sends what would succeed. @returns Whether something was sent. */
  async #send(lane: Lane, messages: readonly KnownMessage[], provable: Provable): Promise<boolean> {
    const { from, to, channel } = lane;
    const { gateway } = to;
    const origin = from.gateway.chainId;
    const encode = async (chosen: readonly KnownMessage[]) =>
      gateway.deliveryData(origin, chosen.map(toDeliverable), await provable.prove(chosen));
    const data = await encode(messages);
    try {
      const gas = await this.#gasOf(gateway, channel.address, gateway.demanding(data, messages.length));
      await channel.submit(origin, messages, data, gas);
      return true;
    } catch (error) {
      const isOfSome = error instanceof ContractRevert && error.code === "TooFewDelivered";
      if (messages.length === 1 || (!isOfSome && !this.#isOfOne(error))) {
        await this.#refused(lane, messages, error);
        return false;
      }
      if (!isOfSome) return this.#send(lane, messages.slice(0, messages.length >> 1), provable);
    }
    const answer = await gateway.tryDelivery(channel.address, data);
    const deliverable = messages.filter((_, i) => (answer >> BigInt(i)) & 1n);
    for (const message of messages) {
      if (deliverable.includes(message)) continue;
      try {
        await gateway.tryDelivery(channel.address, await encode([message]));
        // It goes alone where it does not in company, such as when the route's limit is all but used up.
        this.#fail(lane, message, new BaseError("PASSED_OVER", "The batch passed the message over."));
      } catch (error) {
        await this.#refused(lane, [message], error);
      }
    }
    if (deliverable.length === 0) return false;
    const rest = await encode(deliverable);
    let gas: bigint;
    try {
      gas = await this.#gasOf(gateway, channel.address, gateway.demanding(rest, deliverable.length));
    } catch (error) {
      // A call may have more gas than a transaction: then each alone shows which of them wants too much.
      if (!(error instanceof ContractRevert)) throw error;
      if (deliverable.length > 1)
        return this.#send(lane, deliverable.slice(0, deliverable.length >> 1), provable);
      await this.#refused(lane, deliverable, error);
      return false;
    }
    await channel.submit(origin, deliverable, rest, gas);
    return true;
  }

  /** Whether an error may be that of one message of several, or of their number. */
  #isOfOne(error: unknown): boolean {
    return error instanceof BaseError && ["REVERTED", "TRANSACTION_REFUSED"].includes(error.code);
  }

  async #refused(lane: Lane, messages: readonly KnownMessage[], error: unknown): Promise<void> {
    const isTheirs = error instanceof ContractRevert || this.#isOfOne(error);
    if (!(error instanceof BaseError) || !isTheirs) throw error;
    if (error.code === "StaleValidators") lane.known = undefined;
    for (const message of messages) {
      if (error.code === "AlreadyDelivered") await this.#noteDelivered(lane, message);
      else this.#fail(lane, message, error);
    }
  }

  /** Somebody delivered a message: its event will come, unless a node left it out, or it waits for its block. */
  async #noteDelivered({ from, to }: Lane, message: KnownMessage): Promise<void> {
    const { nonce, id, attempts } = message;
    const origin = from.gateway.chainId;
    const { gateway } = to;
    const other = this.#store.delivery(origin, nonce, gateway.chainId);
    if (other !== undefined && other.id !== id) {
      const text = `Message ${other.id} of a history that was replaced was delivered under its number.`;
      return this.#fail({ from, to }, message, new BaseError("NUMBER_TAKEN", text));
    }
    const cursor = this.#store.cursor(gateway.chainId);
    if (cursor !== undefined && (await gateway.isDelivered(origin, nonce, cursor.hash))) {
      const place = { blockNumber: cursor.number, blockHash: cursor.hash, transactionHash: "" };
      this.#store.noteDelivered(gateway.chainId, { origin, nonce, id, ...place });
      return;
    }
    const nextAt = this.#clock.now() + backOff(OTHERS_RETRY, attempts + 1);
    this.#store.fail([
      { origin, nonce, reason: "Another relayer's delivery is under way.", isPermanent: false, nextAt },
    ]);
  }

  async #gasOf(gateway: GatewayClient, from: string, data: string): Promise<bigint> {
    try {
      const request = { from, to: gateway.address, data };
      const estimate = BigInt((await gateway.rpc.request("eth_estimateGas", [request, "pending"])) as string);
      const limit = (await gateway.header("latest"))?.gasLimit ?? MOST_GAS;
      const most = limit < MOST_GAS ? limit : MOST_GAS;
      const wanted = gasWithMargin(estimate);
      return wanted > most && estimate <= most ? most : wanted;
    } catch (cause) {
      const revert = revertOf(`${gateway.name}'s gateway`, cause);
      if (revert !== undefined || !(cause instanceof RpcRefusal)) throw revert ?? cause;
      throw new BaseError("TRANSACTION_REFUSED", `${gateway.name}'s node will not estimate the delivery.`, {
        details: cause.shortMessage,
        retryable: true,
        cause,
      });
    }
  }

  async #routeOf(lane: Lane): Promise<RouteState> {
    const now = this.#clock.now();
    if (lane.known === undefined || now - lane.known.askedAt > ROUTE_MILLISECONDS) {
      lane.known = { askedAt: now, ...(await routeAndSet(lane.to.gateway, lane.from.gateway.chainId)) };
    }
    return lane.known;
  }

  #fail({ from, to }: Pick<Lane, "from" | "to">, message: KnownMessage, error: BaseError): void {
    const isPermanent = !error.retryable && error.code !== "PASSED_OVER";
    const wait = backOff(isPermanent ? PERMANENT_RETRY : RETRY, message.attempts + 1);
    this.#store.fail([
      {
        origin: from.gateway.chainId,
        nonce: message.nonce,
        reason: error.shortMessage,
        isPermanent,
        nextAt: this.#clock.now() + wait,
      },
    ]);
    this.#listener({
      type: "delivery-failed",
      chain: to.gateway.name,
      messageId: message.id,
      attempts: message.attempts + 1,
      retrySeconds: wait / 1000,
      isPermanent,
      error,
    });
  }

  /** Relayers that others forestall wait ever longer, at random, so that they do not go on paying for nothing. */
  #standBack(channel: SubmissionChannel, settled: readonly { wasted: boolean }[]): void {
    for (const { wasted } of settled) {
      const { times } = this.#forestalled.get(channel) ?? { times: 0 };
      const now = wasted ? times + 1 : Math.max(0, times - 1);
      const polls = wasted ? this.#random.uniform() * backOff(STAND_BACK_POLLS, now) : 0;
      const until = this.#clock.now() + polls * this.#pollMilliseconds;
      this.#forestalled.set(channel, { times: now, until });
    }
  }

  #nameOf(chainId: bigint): string {
    return this.#chains.find(({ gateway }) => gateway.chainId === chainId)?.gateway.name ?? String(chainId);
  }
}
