import { mostUpdateBytes, type UpdateTask } from "../learning/federated/updateCodec.ts";
import { BaseError } from "../protocol/BaseError.ts";

/** What the updates of a round may take of an aggregator's memory, bytes (8 GiB). */
const MOST_ROUND_BYTES = 2 ** 33;

/**
 * Refuses a round whose updates would not fit: all accepted ones are kept decoded until they are aggregated, each at
 * most as large as an update of its task can be.
 *
 * @throws BaseError `ROUND_TOO_LARGE`.
 */
export function assertRoundFits(
  spec: Pick<UpdateTask, "model" | "strategy" | "update">,
  subchains: readonly { revealed: readonly unknown[] }[],
): void {
  const revealed = subchains.reduce((sum, { revealed: updates }) => sum + updates.length, 0);
  const bytes = revealed * mostUpdateBytes(spec);
  if (bytes <= MOST_ROUND_BYTES) return;
  throw new BaseError("ROUND_TOO_LARGE", "The updates of the round do not fit an aggregator's memory.", {
    details: `${revealed} updates can take ${bytes} bytes; the limit is ${MOST_ROUND_BYTES}.`,
    next: "Publish such a task with fewer workers, a smaller model, or int8 updates.",
  });
}
