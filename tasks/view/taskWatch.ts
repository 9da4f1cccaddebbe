import type { ChainEvent, EventName } from "../../chains/clients/ChainEvent.ts";
import type { Interest } from "../../chains/clients/Interest.ts";

/** What a task's view is folded from, as far as it tells of the task's course. */
const ON_MAIN = [
  "TaskPublished",
  "TaskRefused",
  "RoundReported",
  "AggregateAttested",
  "RoundFinalized",
  "TaskClosed",
  "EpochSettled",
  "RewardClaimed",
] as const satisfies EventName[];
const ON_SUBCHAINS = [
  "TaskArrived",
  "WorkerEnrolled",
  "DataRefreshed",
  "TwinSynchronized",
  "BeaconDrawn",
  "RoundStarted",
  "UpdateCommitted",
  "CommitsClosed",
  "RevealsStarted",
  "UpdateRevealed",
  "RoundClosed",
  "RoundAbandoned",
] as const satisfies EventName[];

/** What who watches one task needs of the main chain's events, and of a subchain's: told, and then kept by its view only. */
export function taskWatch(task: bigint): { main: Interest; subchain: Interest } {
  const common = {
    concerns: async ({ args }: { args: { task: bigint } }) => args.task === task,
    keeps: (_event: ChainEvent) => false,
  };
  return {
    main: { names: ON_MAIN, begins: "TaskPublished", ...common },
    subchain: { names: ON_SUBCHAINS, begins: "TaskArrived", ...common },
  };
}
