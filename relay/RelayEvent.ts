import type { BaseError } from "../protocol/BaseError.ts";

/** What the relay's services tell: terminals, logs and metrics subscribe to it. */
export type RelayEvent =
  | { type: "checkpoint-signed"; chain: string; validator: string; index: number; root: string }
  | { type: "message-sent"; chain: string; messageId: string; nonce: number; destination: bigint }
  | {
      type: "message-delivered";
      chain: string;
      origin: string;
      messageId: string;
      nonce: number;
      attempts: number;
    }
  | {
      type: "delivery-failed";
      chain: string;
      messageId: string;
      attempts: number;
      retrySeconds: number;
      error: BaseError;
    }
  | { type: "round-closed"; chain: string; task: bigint; round: number }
  | { type: "epoch-settled"; chain: string; task: bigint }
  | { type: "task-expired"; task: bigint }
  | { type: "trouble"; chain: string; doing: string; error: unknown };

/** Hears the events of a service. */
export type RelayListener = (event: RelayEvent) => void;
