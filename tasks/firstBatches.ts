import type { EventNamed } from "../chains/clients/ChainEvent.ts";

/**
 * What was synchronized first to each worker of a subchain in a task, where that was before its first commit there: a
 * worker is bound to it before anything of the rounds that it takes part in is revealed. It follows from the chain alone,
 * and whoever sees a commit sees what came before it.
 *
 * @param events - Of one task on one subchain, in the order of the chain; later ones of a worker change nothing.
 * @returns Storage digests by worker.
 */
export function firstBatches(
  events: readonly EventNamed<"TwinSynchronized" | "UpdateCommitted">[],
): ReadonlyMap<string, string> {
  const batches = new Map<string, string>();
  const committed = new Set<string>();
  for (const { name, args } of events) {
    if (name === "UpdateCommitted") committed.add(args.worker);
    else if (!committed.has(args.twin) && !batches.has(args.twin)) batches.set(args.twin, args.dataDigest);
  }
  return batches;
}
