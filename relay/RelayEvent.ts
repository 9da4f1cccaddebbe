import type { ProofKind } from "../chains/proofs/proofKinds.ts";
import type { BaseError } from "../protocol/BaseError.ts";
import type { Fact } from "./proofs/Fact.ts";

/** What the relay's services tell: terminals, logs and metrics subscribe to it. */
export type RelayEvent =
  /** A validator signed what is at a place of a chain's history: a checkpoint's root, or a block's hash. */
  | { type: "vouched"; kind: ProofKind; chain: string; validator: string; place: number; hash: string }
  /** Validators signed two facts that cannot be of one history: `relay freeze` shows it to a gateway. */
  | { type: "contradiction-found"; kind: ProofKind; chain: string; facts: readonly Fact[] }
  /** An endpoint answered otherwise than enough others did, which validators go by; told once until it agrees again. */
  | {
      type: "endpoint-differs";
      chain: string;
      endpoint: string;
      method: string;
      said: string;
      agreed: string;
    }
  /** A chain's history changed after block `to`; undefined when all of it did. */
  | { type: "chain-reorganized"; chain: string; by: string; from: number; to: number | undefined }
  | { type: "message-sent"; chain: string; messageId: string; nonce: number; destination: bigint | undefined }
  /** The receipt of a message's transaction is too large to prove it by: its gateway has to announce it again. */
  | { type: "message-hidden"; chain: string; messageId: string; nonce: number; error: BaseError }
  /** A gateway announced a message again; `own` when this relayer's transaction had it do so. */
  | { type: "message-announced"; chain: string; messageId: string; nonce: number; own: boolean }
  /** A message's delivery is in a block; `own` when this relayer's transaction did it. */
  | {
      type: "message-delivered";
      chain: string;
      origin: string;
      messageId: string;
      nonce: number;
      attempts: number;
      own: boolean;
    }
  | {
      type: "delivery-failed";
      chain: string;
      messageId: string;
      attempts: number;
      retrySeconds: number;
      isPermanent: boolean;
      error: BaseError;
    }
  | {
      type: "submission-sent";
      chain: string;
      hash: string;
      nonce: number;
      /** Of the messages that it carries; none of a higher bid. */
      messageIds: string[];
      attempt: number;
    }
  | {
      type: "submission-mined";
      chain: string;
      hash: string;
      blockNumber: number;
      gasUsed: bigint;
      /** Wei. */
      fee: bigint;
      /** Of the messages that it was to carry. */
      messageIds: string[];
      /** Messages; of a transaction that has one announced, none. */
      delivered: number;
      wasted: boolean;
    }
  /** Who takes part in which of a task's rounds is known. */
  | { type: "beacon-drawn"; chain: string; task: bigint }
  | { type: "commits-closed"; chain: string; task: bigint; round: number }
  | { type: "round-closed"; chain: string; task: bigint; round: number }
  | { type: "epoch-settled"; chain: string; task: bigint }
  | { type: "task-expired"; task: bigint }
  /** With what it is about, where it is about one task, or about certain messages. */
  | {
      type: "trouble";
      chain: string;
      task?: bigint;
      messageIds?: readonly string[];
      doing: string;
      error: unknown;
    };

/** Hears the events of a service. */
export type RelayListener = (event: RelayEvent) => void;
