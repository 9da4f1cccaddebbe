import { mostUpdateBytes, type UpdateTask } from "../learning/federated/updateCodec.ts";

/** What the updates of a round may take of an aggregator's memory, bytes (8 GiB). */
const MOST_ROUND_BYTES = 2 ** 33;

/**
 * Why no aggregator can have a round's updates in memory, in a sentence; undefined when it can. All accepted ones are
 * kept decoded until they are aggregated, each at most as large as an update of its task can be.
 *
 * @param workers - On all subchains together.
 */
export function roundTooLarge(
  spec: Pick<UpdateTask, "model" | "strategy" | "update">,
  workers: number,
): string | undefined {
  const bytes = workers * mostUpdateBytes(spec);
  if (bytes <= MOST_ROUND_BYTES) return undefined;
  return `the updates of ${workers} workers can take ${bytes} bytes, more than the ${MOST_ROUND_BYTES} that an aggregator keeps: take fewer workers, a smaller model, or int8 updates`;
}
