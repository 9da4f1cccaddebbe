import { AT_ONCE, finalHeader } from "../../chains/clients/finality.ts";
import type { GatewayClient } from "../../chains/clients/GatewayClient.ts";
import type { HintSource } from "../Hints.ts";
import type { RelayListener } from "../RelayEvent.ts";
import type { RelayedChain } from "../RelayedChain.ts";
import type { RelayerStore } from "../store/RelayerStore.ts";
import { GatewayFollower } from "./GatewayFollower.ts";

/** Most blocks whose deliveries are confirmed in one step. */
const CONFIRMED = 64;

/** Reads a chain's gateway for a relayer, up to the newest block, and tells what it finds. */
export class OriginReader {
  readonly gateway: GatewayClient;
  /** Told when an endpoint announces a new block of it. */
  readonly onHead: HintSource | undefined;
  readonly follower: GatewayFollower;
  readonly #chain: RelayedChain;
  readonly #store: RelayerStore;
  readonly #listener: RelayListener;
  readonly #nameOf: (chainId: bigint) => string;

  constructor(
    chain: RelayedChain,
    modules: { store: RelayerStore; listener: RelayListener; nameOf: (chainId: bigint) => string },
  ) {
    const { gateway, fromBlock, onHead } = chain;
    this.gateway = gateway;
    this.onHead = onHead;
    this.#chain = chain;
    this.#store = modules.store;
    this.#listener = modules.listener;
    this.#nameOf = modules.nameOf;
    this.follower = new GatewayFollower({ fromBlock, finality: AT_ONCE }, { gateway, store: modules.store });
  }

  /** @returns Whether there may be more to read at once. */
  async read(): Promise<boolean> {
    const { gateway } = this;
    const chain = gateway.name;
    const step = await this.follower.step();
    if (step.type === "rewound") {
      const { from, to } = step;
      this.#listener({ type: "chain-reorganized", chain, by: "relayer", from: from.number, to: to?.number });
      return true;
    }
    if (step.type === "advanced") {
      for (const { id: messageId, nonce, destination } of step.sent) {
        this.#listener({ type: "message-sent", chain, messageId, nonce, destination });
      }
      for (const { id: messageId, nonce, transactionHash } of step.announced) {
        const own = this.#store.submissions.isOwn(transactionHash);
        this.#listener({ type: "message-announced", chain, messageId, nonce, own });
      }
      for (const { id: messageId, origin, nonce, transactionHash } of step.delivered) {
        this.#listener({
          type: "message-delivered",
          chain,
          origin: this.#nameOf(origin),
          messageId,
          nonce,
          attempts: this.#store.messages.message(origin, nonce)?.attempts ?? 0,
          own: this.#store.submissions.isOwn(transactionHash),
        });
      }
    }
    await this.#confirm();
    return step.type === "advanced" && ((await gateway.header("latest"))?.number ?? 0) > step.to.number;
  }

  /** Deliveries are taken for good once their block is final; those of blocks that were never final are not. */
  async #confirm(): Promise<void> {
    const { gateway } = this;
    const { chainId } = gateway;
    const { deliveries } = this.#store;
    const cursor = this.#store.cursor(chainId);
    if (cursor === undefined || deliveries.unconfirmed(chainId, cursor.number, 1).length === 0) return;
    const final = await finalHeader(gateway.rpc, this.#chain.finality);
    if (final === undefined) return;
    for (const number of deliveries.unconfirmed(chainId, Math.min(final.number, cursor.number), CONFIRMED)) {
      const header = await gateway.header(number);
      if (header !== undefined) deliveries.confirm(chainId, header);
    }
  }
}
