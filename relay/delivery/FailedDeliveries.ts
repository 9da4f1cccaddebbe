import type { GatewayClient } from "../../chains/clients/GatewayClient.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { backOff } from "../../protocol/backOff.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { RelayListener } from "../RelayEvent.ts";
import type { KnownMessage } from "../store/MessageTable.ts";
import type { RelayerStore } from "../store/RelayerStore.ts";

/** Waiting times between attempts, milliseconds. */
const RETRY = { first: 200, last: 10_000 };
/** The same after a refusal that repetition will hardly change. */
const PERMANENT_RETRY = { first: 200, last: 600_000 };
/** Waiting times until another relayer's delivery is looked for again, milliseconds. */
const OTHERS_RETRY = { first: 100, last: 1600 };

/** Notes what became of messages that a destination did not take, and when each is tried again. */
export class FailedDeliveries {
  readonly #destination: GatewayClient;
  readonly #store: RelayerStore;
  readonly #clock: Clock;
  readonly #listener: RelayListener;

  constructor(
    destination: GatewayClient,
    modules: { store: RelayerStore; clock: Clock; listener: RelayListener },
  ) {
    this.#destination = destination;
    this.#store = modules.store;
    this.#clock = modules.clock;
    this.#listener = modules.listener;
  }

  /** An attempt failed: the message is tried again, ever less often. */
  fail({ origin, nonce, id, attempts }: KnownMessage, error: BaseError): void {
    const isPermanent = !error.retryable && error.code !== "PASSED_OVER";
    const wait = backOff(isPermanent ? PERMANENT_RETRY : RETRY, attempts + 1);
    const nextAt = this.#clock.now() + wait;
    this.#store.messages.fail([{ origin, nonce, reason: error.shortMessage, isPermanent, nextAt }]);
    this.#listener({
      type: "delivery-failed",
      chain: this.#destination.name,
      messageId: id,
      attempts: attempts + 1,
      retrySeconds: wait / 1000,
      isPermanent,
      error,
    });
  }

  /** Somebody delivered a message: its event will come, unless a node left it out, or it waits for its block. */
  async noteDelivered(message: KnownMessage): Promise<void> {
    const { origin, nonce, id, attempts } = message;
    const { chainId } = this.#destination;
    const other = this.#store.deliveries.delivery(origin, nonce, chainId);
    if (other !== undefined && other.id !== id) {
      const text = `Message ${other.id} of a history that was replaced was delivered under its number.`;
      return this.fail(message, new BaseError("NUMBER_TAKEN", text));
    }
    const cursor = this.#store.cursor(chainId);
    if (cursor !== undefined && (await this.#destination.isDelivered(origin, nonce, cursor.hash))) {
      const place = { blockNumber: cursor.number, blockHash: cursor.hash, transactionHash: "" };
      this.#store.deliveries.note(chainId, { origin, nonce, id, ...place });
      return;
    }
    const nextAt = this.#clock.now() + backOff(OTHERS_RETRY, attempts + 1);
    const reason = "Another relayer's delivery is under way.";
    this.#store.messages.fail([{ origin, nonce, reason, isPermanent: false, nextAt }]);
  }
}
