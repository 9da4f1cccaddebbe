import type { ChainFollower } from "../chains/clients/ChainFollower.ts";
import type { EventFilter } from "../chains/clients/EventHistory.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { withTimeout } from "../protocol/withTimeout.ts";
import { firstBatches } from "../tasks/firstBatches.ts";

/** How long the event of a commit that the chain is known to have is waited for, milliseconds. */
const PATIENCE_MILLISECONDS = 5000;

/**
 * What was synchronized first to a worker that has committed, once this program has read of its first commit: what came
 * before that it has read too.
 *
 * @param worker - In any spelling.
 * @returns Its storage digest; undefined where nothing was before that commit.
 * @throws `RECEIPTS_BUSY` (retryable) when the commit was not read of in time.
 */
export async function firstBatchOf(
  { task, worker }: { task: bigint; worker: string },
  { follower, clock }: { follower: Pick<ChainFollower, "first" | "past">; clock: Clock },
): Promise<string | undefined> {
  const own = worker.toLowerCase();
  const committed: EventFilter<"UpdateCommitted"> = {
    name: "UpdateCommitted",
    task,
    where: ({ args }) => args.worker.toLowerCase() === own,
  };
  const first = await withTimeout({ clock, milliseconds: PATIENCE_MILLISECONDS }, (ended) =>
    follower.first(committed, ended),
  ).catch((cause: unknown) => {
    throw new BaseError("RECEIPTS_BUSY", "The worker's commit has not been read here yet.", {
      retryable: true,
      cause,
    });
  });
  const events = follower.past({
    name: ["TwinSynchronized", "UpdateCommitted"],
    task,
    where: ({ name, args }) => (name === "UpdateCommitted" ? args.worker : args.twin) === first.args.worker,
  });
  return firstBatches(events).get(first.args.worker);
}
