import { BaseError } from "../../protocol/BaseError.ts";
import { decodeMessage, type MessageKind } from "../../protocol/messages.ts";

/** What a message of tasks says, as far as a list tells it. */
export interface SaidInPayload {
  readonly kind: MessageKind;
  readonly task: bigint | undefined;
  /** From 0. */
  readonly round: number | undefined;
}

/** What a payload says; undefined when it is none of tasks: whose it is, its sender tells. */
export function readPayload(payload: string): SaidInPayload | undefined {
  try {
    const { kind, body } = decodeMessage(payload);
    const said = body as object as { task?: unknown; round?: unknown };
    return {
      kind,
      task: typeof said.task === "bigint" ? said.task : undefined,
      round: typeof said.round === "number" ? said.round : undefined,
    };
  } catch (error) {
    if (error instanceof BaseError) return undefined;
    throw error;
  }
}
