import type { Paged, Place, Seconds } from "./values.ts";

/** A message between two chains, in a list. */
export interface MessageRow {
  id: string;
  /** What it says, in a word such as "RoundReport"; the application's name of one that is no task's, "–" of a stranger's. */
  kind: string;
  origin: string;
  /** Null when its recipient is on no chain of the network. */
  destination: string | null;
  /** Its place in the origin's outbox, from 0. */
  nonce: number;
  /** The task that it is about; null of none. */
  taskId: string | null;
  /** From 1; null outside of rounds. */
  round: number | null;
  state: MessageState;
  sentAt: Seconds;
  deliveredAt: Seconds | null;
  /** Seconds from sending to delivery, by the two chains' clocks; null before. */
  seconds: number | null;
  /** Why it is not there yet, a sentence; null of one that is. */
  why: string | null;
}

/** How far a message has come, as chains tell it. */
export type MessageState =
  /** Sent, and waits for delivery no longer than one takes. */
  | "open"
  /** Waits longer than that: something is wrong. */
  | "stuck"
  /** Its recipient refused it; it can be delivered again. */
  | "refused"
  | "delivered"
  /** Its recipient is on no chain of the network. */
  | "unroutable";

/** What `/api/messages` answers. */
export interface MessagesView extends Paged<MessageRow> {
  counts: MessageCounts;
}

export interface MessageCounts {
  sent: number;
  delivered: number;
  open: number;
  stuck: number;
  refused: number;
  unroutable: number;
  /** Of the last thousand that were delivered: the median and the 95th percentile of `seconds`. */
  medianSeconds: number | null;
  slowSeconds: number | null;
}

/** One message with all that is known of it. */
export interface MessageLine {
  row: MessageRow;
  sender: string;
  recipient: string;
  /** What happened, in its order; a step that has not come has no place. */
  steps: MessageStep[];
  /** The message that brought about this one, by the transaction that delivered it, and those that it brought about. */
  cause: MessageRow | null;
  effects: MessageRow[];
  /** What helps when it does not come; null when nothing is to be done. */
  help: MessageHelp | null;
}

export interface MessageStep {
  name: "sent" | "final" | "announced" | "refused" | "delivered" | "delivered-final";
  /** In words. */
  text: string;
  done: boolean;
  place: Place | null;
}

export interface MessageHelp {
  /** Why it is stuck, a sentence or two. */
  why: string;
  /** A command that helps, as to be typed; null when waiting is all. */
  command: string | null;
  /** What the command does. */
  about: string | null;
}
