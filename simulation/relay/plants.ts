import type { Announcement, Delivery, SentMessage } from "../../chains/clients/GatewayClient.ts";
import type { BlockMark } from "../../chains/rpc/readHeader.ts";
import { RelayerStore } from "../../relay/store/RelayerStore.ts";

/** Bugs that the simulation must find, each of which loses, repeats or delays messages now and then. */
export const PLANTS = {
  "cursor-first": "the cursor moves before what it covers is persisted",
  "delivered-when-sent": "a message counts as delivered once its transaction is sent, not once it is mined",
  "one-lane": "strangers' messages stand in the network's own queue",
  "never-announced": "what strangers hide in large receipts is not announced again",
  "wait-for-all": "all validators are waited for, not only those that are needed",
  "no-replay-check": "the gateway does not check whether it delivered a message before",
} as const;
export type Plant = keyof typeof PLANTS;

/** Moves the cursor in a transaction of its own. */
class CursorFirstStore extends RelayerStore {
  readonly #between: () => void;

  constructor(between: () => void) {
    super(":memory:");
    this.#between = between;
  }

  override advance(
    chain: bigint,
    mark: BlockMark,
    sent: readonly SentMessage[],
    delivered: readonly Delivery[],
    announced: readonly Announcement[],
  ): void {
    this.statements.transaction(() => this.blocks.move(chain, mark));
    this.#between();
    super.advance(chain, mark, sent, delivered, announced);
  }
}

/** Takes what is sent for what is delivered. */
class DeliveredWhenSentStore extends RelayerStore {
  constructor() {
    super(":memory:");
    const { submissions } = this;
    const create = submissions.create.bind(submissions);
    submissions.create = (submission, nonces, variant) => {
      const number = create(submission, nonces, variant);
      submissions.close(number, "final");
      for (const nonce of nonces) {
        this.statements.run(
          "UPDATE message SET is_open = 0 WHERE origin = ? AND nonce = ?",
          submission.origin,
          nonce,
        );
      }
      return number;
    };
  }
}

/** Knows no strangers. */
class OneLaneStore extends RelayerStore {
  constructor() {
    super(":memory:");
    const { messages } = this;
    const knowApplications = messages.knowApplications.bind(messages);
    messages.knowApplications = () => knowApplications(undefined);
  }
}

/** Has nothing announced. */
class NeverAnnouncedStore extends RelayerStore {
  constructor() {
    super(":memory:");
    this.announcements.due = () => [];
  }
}

/**
 * The database of a relayer, with a planted bug that it is to have.
 *
 * @param between - Called between the two transactions of a bug that has two.
 */
export function relayerStore(plant: Plant | undefined, between: () => void): RelayerStore {
  if (plant === "cursor-first") return new CursorFirstStore(between);
  if (plant === "delivered-when-sent") return new DeliveredWhenSentStore();
  if (plant === "never-announced") return new NeverAnnouncedStore();
  if (plant === "one-lane") return new OneLaneStore();
  return new RelayerStore(":memory:");
}
