import type { FinalityRule } from "../../chains/clients/finality.ts";
import { announcementEvidence } from "../../protocol/announcement.ts";
import { backOff } from "../../protocol/backOff.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { RelayListener } from "../RelayEvent.ts";
import type { OriginReader } from "../reading/OriginReader.ts";
import type { KnownMessage } from "../store/MessageTable.ts";
import type { RelayerStore } from "../store/RelayerStore.ts";
import { deliveryGas } from "./deliveryGas.ts";
import type { SubmissionChannel } from "./SubmissionChannel.ts";

/** Messages that are looked at in one turn. */
const AT_ONCE = 32;
/** Blocks past the finality rule after which an announcement that nobody attested counts as overlooked. */
const PATIENCE_BLOCKS = 128;
/** Waiting times between attempts with one message, milliseconds. */
const RETRY = { first: 200, last: 10_000 };

/**
 * Has a chain's gateway announce again what of the network's messages cannot be proven, as the receipts of their
 * transactions are too large. Strangers' messages it leaves alone: what they hide they may announce themselves.
 *
 * Which messages are hidden and which transactions are under way is in the database, so that after a restart nothing is
 * paid for twice.
 */
export class Announcer {
  readonly #from: OriginReader;
  readonly #blocks: number;
  readonly #channel: SubmissionChannel;
  readonly #store: RelayerStore;
  readonly #clock: Clock;
  readonly #listener: RelayListener;
  /** Failures in a row, and the time of the next attempt, Unix time, milliseconds; by message id, while it is due. */
  #failed = new Map<string, { times: number; nextAt: number }>();

  /**
   * @param options - `finality`: of the chain whose messages `from` reads.
   * @param modules - `channel`: of that chain.
   */
  constructor(
    options: { from: OriginReader; finality: FinalityRule },
    modules: { channel: SubmissionChannel; store: RelayerStore; clock: Clock; listener: RelayListener },
  ) {
    const { from, finality } = options;
    this.#from = from;
    this.#blocks = PATIENCE_BLOCKS + (finality === "finalized" ? 0 : finality.confirmations);
    this.#channel = modules.channel;
    this.#store = modules.store;
    this.#clock = modules.clock;
    this.#listener = modules.listener;
  }

  /** Sends what is due. Trouble with a message is told, holds up no other, and is tried again ever less often. */
  async announce(signal: AbortSignal): Promise<void> {
    const { chainId } = this.#from.gateway;
    const due = this.#store.announcements.due(chainId, {
      account: this.#channel.address,
      blocks: this.#blocks,
      limit: AT_ONCE,
    });
    const failed = this.#failed;
    this.#failed = new Map(due.flatMap(({ id }) => (failed.has(id) ? [[id, failed.get(id)!] as const] : [])));
    for (const message of due) {
      if (signal.aborted || !this.#channel.isFree) return;
      if (this.#clock.now() < (this.#failed.get(message.id)?.nextAt ?? 0)) continue;
      try {
        await this.#announceOne(message);
        this.#failed.delete(message.id);
      } catch (error) {
        this.#fail(message, error);
      }
    }
  }

  async #announceOne(message: KnownMessage): Promise<void> {
    const { gateway, follower } = this.#from;
    const keepsOutbox = await follower.keepsOutbox();
    const evidence = announcementEvidence(follower.tree, message.nonce, { keepsOutbox });
    const data = gateway.announcementData(message, evidence);
    // Where more was sent that was not read yet, the chain's state refuses it here, and nothing is paid.
    const gas = await deliveryGas(gateway, this.#channel.address, data);
    await this.#channel.submit(gateway.chainId, [message], data, gas);
  }

  #fail({ id, nonce }: KnownMessage, error: unknown): void {
    const times = (this.#failed.get(id)?.times ?? 0) + 1;
    this.#failed.set(id, { times, nextAt: this.#clock.now() + backOff(RETRY, times) });
    const chain = this.#from.gateway.name;
    const doing = `having message ${nonce} announced`;
    this.#listener({ type: "trouble", chain, messageIds: [id], doing, error });
  }
}
