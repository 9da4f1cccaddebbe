import { toDeliverable } from "../../chains/clients/GatewayClient.ts";
import type { ProofKind } from "../../chains/proofs/proofKinds.ts";
import { ReceiptTooLarge } from "../../chains/proofs/ReceiptTooLarge.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { backOff } from "../../protocol/backOff.ts";
import type { Clock } from "../../protocol/Clock.ts";
import { ContractRevert } from "../../protocol/ContractRevert.ts";
import type { Provable, Prover } from "../proofs/Prover.ts";
import { type RouteState, routeAndSet } from "../proofs/routeAndSet.ts";
import type { RelayListener } from "../RelayEvent.ts";
import type { RelayedChain } from "../RelayedChain.ts";
import type { OriginReader } from "../reading/OriginReader.ts";
import type { LaneName } from "../store/lanes.ts";
import type { KnownMessage } from "../store/MessageTable.ts";
import type { RelayerStore } from "../store/RelayerStore.ts";
import type { Outcome } from "../store/SubmissionTable.ts";
import type { AttemptBudget } from "./AttemptBudget.ts";
import { deliveryGas } from "./deliveryGas.ts";
import { FailedDeliveries } from "./FailedDeliveries.ts";
import type { SubmissionChannel } from "./SubmissionChannel.ts";

/** Most messages in one transaction. */
const BATCH = 32;
/** How long what a gateway says of a route is taken to stay, milliseconds. */
const ROUTE_MILLISECONDS = 10_000;
/** Longest rest of a lane in trouble, milliseconds. */
const LAST_REST_MILLISECONDS = 5000;

/** What strangers' messages get, all together, at one destination: attempts at once, and a minute in the long run. */
export const STRANGERS = { most: 32, perMinute: 60 };

/** What a lane works with. */
export interface LaneModules {
  channel: SubmissionChannel;
  store: RelayerStore;
  provers: ReadonlyMap<ProofKind, Prover>;
  clock: Clock;
  listener: RelayListener;
}

/**
 * Proves and delivers messages of one origin at one destination: the network's own, or those of strangers, which never
 * share a transaction with them.
 */
export class Lane {
  readonly #from: OriginReader;
  readonly #to: RelayedChain;
  readonly #lane: LaneName;
  readonly #pollMilliseconds: number;
  readonly #budget: AttemptBudget | undefined;
  readonly #modules: LaneModules;
  readonly #failed: FailedDeliveries;
  #known: ({ askedAt: number } & RouteState) | undefined;
  /** How often in a row it was in trouble, and until when it is left alone: Unix time, milliseconds. */
  #troubles = 0;
  #restsUntil = 0;

  /** @param modules - `budget`: shared by the lanes of strangers, who have one transaction wait for a block at a time. */
  constructor(
    options: { from: OriginReader; to: RelayedChain; lane: LaneName; pollMilliseconds: number },
    modules: LaneModules & { budget?: AttemptBudget },
  ) {
    this.#from = options.from;
    this.#to = options.to;
    this.#lane = options.lane;
    this.#budget = modules.budget;
    this.#pollMilliseconds = options.pollMilliseconds;
    this.#modules = modules;
    this.#failed = new FailedDeliveries(options.to.gateway, modules);
  }

  /** Chain id of the origin. */
  get origin(): bigint {
    return this.#from.gateway.chainId;
  }

  /**
   * Delivers what can be delivered, unless the lane rests. Trouble, such as that of a lane without a route, is told and
   * holds up no other lane.
   *
   * @returns Whether there may be more to deliver at once.
   */
  async deliver(signal: AbortSignal): Promise<boolean> {
    const { channel, clock, listener } = this.#modules;
    if (clock.now() < this.#restsUntil) return false;
    try {
      let sent = true;
      while (sent && this.#isFree && !signal.aborted) sent = await this.#deliverSome();
      this.#troubles = 0;
      return sent;
    } catch (error) {
      const rests = { first: 2 * this.#pollMilliseconds, last: LAST_REST_MILLISECONDS };
      this.#restsUntil = clock.now() + backOff(rests, ++this.#troubles);
      const doing = `delivering ${this.#from.gateway.name}'s messages`;
      listener({ type: "trouble", chain: channel.gateway.name, doing, error });
      return false;
    }
  }

  /** What a block refused although it would have succeeded before is tried again, but ever less often. */
  async judge(outcomes: ReadonlyMap<number, Outcome>): Promise<void> {
    const { origin } = this;
    for (const [nonce, outcome] of outcomes) {
      const message = this.#modules.store.messages.message(origin, nonce);
      if (outcome === "delivered" || !message?.isOpen) continue;
      if (await this.#to.gateway.isDelivered(origin, nonce)) await this.#failed.noteDelivered(message);
      else {
        const isRefused = outcome === "refused";
        const text = isRefused ? "Its block refused the delivery." : "Its block passed the message over.";
        this.#failed.fail(message, new BaseError("REFUSED_IN_BLOCK", text, { retryable: !isRefused }));
      }
    }
  }

  /** Whether another transaction may be sent now. */
  get #isFree(): boolean {
    const { channel, store } = this.#modules;
    const { chainId } = channel.gateway;
    if (!channel.isFree) return false;
    return this.#budget === undefined || !store.submissions.strangersWait(chainId, channel.address);
  }

  /** Sends one transaction. @returns Whether another may follow at once. */
  async #deliverSome(): Promise<boolean> {
    const { store, provers, clock } = this.#modules;
    const limit = Math.min(BATCH, this.#budget?.left ?? BATCH);
    if (limit === 0) return false;
    const { origin } = this;
    const destination = this.#to.gateway.chainId;
    const place = { origin, destination, lane: this.#lane };
    const waiting = store.messages.waiting(place, { now: clock.now(), limit });
    if (waiting.length === 0) return false;
    const { set, kind } = await this.#route();
    const provable = await provers.get(kind)!.prepare({
      origin: this.#from.gateway,
      tree: this.#from.follower.tree,
      set,
      waiting,
      asker: `${destination} ${this.#lane}`,
    });
    if (provable === undefined) return false;
    // Gateways and proofs want them in the order of their numbers.
    const messages = provable.messages.slice(0, limit).sort((a, b) => a.nonce - b.nonce);
    this.#budget?.spend(messages.length);
    const sent = await this.#send(messages, provable);
    return sent && (waiting.length >= limit || messages.length < waiting.length);
  }

  /** Tries the delivery on the chain's state; sends what would succeed. @returns Whether something was sent. */
  async #send(messages: readonly KnownMessage[], provable: Provable): Promise<boolean> {
    try {
      await this.#submit(messages, provable);
      return true;
    } catch (error) {
      if (error instanceof ReceiptTooLarge) return this.#sendOthers(messages, provable, error);
      const isOfSome = error instanceof ContractRevert && error.code === "TooFewDelivered";
      if (messages.length === 1 || (!isOfSome && !isOfOne(error))) {
        await this.#refused(messages, error);
        return false;
      }
      if (!isOfSome) return this.#send(messages.slice(0, messages.length >> 1), provable);
    }
    const deliverable = await this.#deliverable(messages, provable);
    if (deliverable.length === 0) return false;
    try {
      await this.#submit(deliverable, provable);
      return true;
    } catch (error) {
      // A call may have more gas than a transaction: then each alone shows which of them wants too much.
      if (!(error instanceof ContractRevert)) throw error;
      if (deliverable.length > 1) return this.#send(deliverable.slice(0, deliverable.length >> 1), provable);
      await this.#refused(deliverable, error);
      return false;
    }
  }

  /** Of messages some of which have to be announced first, sends the others. */
  async #sendOthers(
    messages: readonly KnownMessage[],
    provable: Provable,
    error: ReceiptTooLarge,
  ): Promise<boolean> {
    const { listener } = this.#modules;
    const chain = this.#from.gateway.name;
    const others: KnownMessage[] = [];
    for (const message of messages) {
      const { id: messageId, nonce } = message;
      if (error.messageIds.includes(messageId))
        listener({ type: "message-hidden", chain, messageId, nonce, error });
      else others.push(message);
    }
    return others.length > 0 && this.#send(others, provable);
  }

  async #submit(messages: readonly KnownMessage[], provable: Provable): Promise<void> {
    const { channel } = this.#modules;
    const { gateway } = this.#to;
    const data = await this.#encode(messages, provable);
    // One that takes fewer of them than all is refused here, and costs nothing.
    const demanding = gateway.demanding(data, messages.length);
    const gas = await deliveryGas(gateway, channel.address, demanding);
    await channel.submit(this.origin, messages, data, gas);
  }

  /** Those of a batch that would be delivered; why each other would not is noted. */
  async #deliverable(messages: readonly KnownMessage[], provable: Provable): Promise<KnownMessage[]> {
    const { gateway } = this.#to;
    const { address } = this.#modules.channel;
    const answer = await gateway.tryDelivery(address, await this.#encode(messages, provable));
    const deliverable = messages.filter((_, i) => (answer >> BigInt(i)) & 1n);
    for (const message of messages) {
      if (deliverable.includes(message)) continue;
      try {
        await gateway.tryDelivery(address, await this.#encode([message], provable));
        // It goes alone where it does not in company, such as when the route's limit is all but used up.
        this.#failed.fail(message, new BaseError("PASSED_OVER", "The batch passed the message over."));
      } catch (error) {
        await this.#refused([message], error);
      }
    }
    return deliverable;
  }

  async #encode(messages: readonly KnownMessage[], provable: Provable): Promise<string> {
    return this.#to.gateway.deliveryData(
      this.origin,
      messages.map(toDeliverable),
      await provable.prove(messages),
    );
  }

  async #refused(messages: readonly KnownMessage[], error: unknown): Promise<void> {
    const isTheirs = error instanceof ContractRevert || isOfOne(error);
    if (!(error instanceof BaseError) || !isTheirs) throw error;
    if (error.code === "StaleValidators") this.#known = undefined;
    for (const message of messages) {
      if (error.code === "AlreadyDelivered") await this.#failed.noteDelivered(message);
      else this.#failed.fail(message, error);
    }
  }

  async #route(): Promise<RouteState> {
    const now = this.#modules.clock.now();
    if (this.#known === undefined || now - this.#known.askedAt > ROUTE_MILLISECONDS) {
      this.#known = { askedAt: now, ...(await routeAndSet(this.#to.gateway, this.origin)) };
    }
    return this.#known;
  }
}

/** Whether an error may be that of one message of several, or of their number. */
function isOfOne(error: unknown): boolean {
  return error instanceof BaseError && ["REVERTED", "TRANSACTION_REFUSED"].includes(error.code);
}
