import { PROOF_SCHEMES } from "./proofs/proofSchemes.ts";
import type { KnownMessage } from "./store/MessageTable.ts";
import type { RelayerStore } from "./store/RelayerStore.ts";

/** How far a message has come. */
export type MessageState =
  /** Its recipient is on no chain of the network. */
  | "unroutable"
  /** Its block is not final yet, or too few validators have signed. */
  | "unproven"
  /** The receipt of its transaction is too large to prove it by, and its gateway has not announced it again yet. */
  | "hidden"
  /** This relayer does not pay for its recipient. */
  | "left-to-others"
  | "ready"
  /** An attempt failed; it is tried again at its time. */
  | "retrying"
  /** An attempt failed in a way that repetition will hardly change; it is tried again, rarely. */
  | "failing"
  /** A transaction with it was sent. */
  | "submitted"
  /** Its delivery is in a block that is not final yet. */
  | "delivered"
  | "final";

/** A message's state, and why. */
export interface MessageStatus {
  message: KnownMessage;
  state: MessageState;
  why: string;
  /** Transaction in which it was delivered, or is to be. */
  transaction: string | undefined;
}

/**
 * Tells from a relayer's database how far a message has come.
 *
 * @param options - `chains`: ids of the network's chains; `now`: Unix time, milliseconds.
 */
export function messageStatus(
  store: RelayerStore,
  message: KnownMessage,
  options: { chains: ReadonlySet<bigint>; now: number },
): MessageStatus {
  const { origin, destination, nonce } = message;
  const status = (state: MessageState, why: string, transaction?: string): MessageStatus => ({
    message,
    state,
    why,
    transaction,
  });
  if (destination === undefined || !options.chains.has(destination)) {
    return status("unroutable", "its recipient is on no chain of the network");
  }
  const delivery = store.deliveries.delivery(origin, nonce, destination);
  if (delivery?.id === message.id) {
    const where = `in block ${delivery.blockNumber}`;
    return delivery.isFinal
      ? status("final", where, delivery.transactionHash)
      : status("delivered", `${where}, which is not final yet`, delivery.transactionHash);
  }
  const submission = store.submissions.carrying(origin, destination, nonce).at(-1);
  const isUnderWay =
    submission?.state === "open" &&
    submission.messages.some((one) => one.nonce === nonce && (one.outcome ?? "delivered") === "delivered");
  if (submission !== undefined && isUnderWay) {
    const { block, variants } = submission;
    const why =
      block === undefined
        ? `transaction ${submission.nonce} of ${submission.account}, bid ${variants.length}, is not in a block`
        : `in block ${block.number}, whose events were not read yet`;
    return status("submitted", why, variants.at(-1)?.hash);
  }
  if (store.announcements.placesOf(message).length === 0) return status("hidden", whyHidden(store, message));
  const schemes = Object.values(PROOF_SCHEMES);
  if (!schemes.some((scheme) => scheme.proves(message, store))) {
    const progress =
      schemes.map((scheme) => scheme.progress(origin, store.facts)).find((told) => told !== undefined) ??
      "none is proven";
    const upTo = progress === "" ? "" : ` (${progress})`;
    return status("unproven", `its block is not final, or too few validators signed${upTo}`);
  }
  if (message.lane === "others")
    return status("left-to-others", "its recipient is not of this network: self-relay delivers it");
  if (message.attempts > 0 && message.reason !== undefined) {
    const seconds = Math.max(0, Math.ceil((message.nextAt - options.now) / 1000));
    const again = seconds === 0 ? "now" : `in ${seconds} s`;
    const why = `${message.reason} Attempt ${message.attempts + 1} ${again}.`;
    return status(message.isPermanent ? "failing" : "retrying", why);
  }
  const isStrangers = message.lane !== "network";
  return status(
    "ready",
    isStrangers ? "proven; strangers' messages have turns of their own" : "proven and due",
  );
}

/** What becomes of a message that has to be announced again. */
function whyHidden(store: RelayerStore, { origin, nonce, lane }: KnownMessage): string {
  const large = "the receipt of its transaction is too large to prove it by";
  if (lane !== "network") return `${large}: self-relay has it announced again and delivers it`;
  const submission = store.submissions.carrying(origin, origin, nonce).at(-1);
  return submission?.state === "open"
    ? `${large}; transaction ${submission.nonce} of ${submission.account} on its own chain has it announced again`
    : `${large}; it is due to be announced again`;
}
