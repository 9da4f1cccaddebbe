import type { ChainEvent, EventNamed } from "../chains/clients/ChainEvent.ts";
import type { BeginningName, Interest } from "../chains/clients/Interest.ts";

/** Which tasks concern a program, and which do not for ever; see `Interest`. */
interface Concerns {
  concerns: (beginning: EventNamed<BeginningName>) => Promise<boolean>;
  isOver?: (task: bigint) => Promise<boolean>;
}

/** What workers need of the main chain's events. */
export function workersOnMain(concerns: Concerns): Interest {
  return {
    names: ["TaskPublished", "RoundReported", "RoundFinalized", "TaskClosed", "EpochSettled"],
    begins: "TaskPublished",
    ...concerns,
  };
}

/**
 * What workers need of their subchain's events: of others' only their reveals and records, which theirs are proven
 * with. A device can synchronize as often as it likes, so that others' synchronizations have no bound.
 *
 * @param own - Addresses of the workers.
 */
export function workersOnSubchain(own: ReadonlySet<string>, concerns: Concerns): Interest {
  return {
    names: [
      "TaskArrived",
      "WorkerEnrolled",
      "TwinSynchronized",
      "RoundStarted",
      "UpdateCommitted",
      "RevealsStarted",
      "UpdateRevealed",
      "RoundClosed",
      "RoundAbandoned",
      "TaskFinished",
      "WorkRecorded",
    ],
    begins: "TaskArrived",
    ...concerns,
    keeps: (event) => isNeeded(event, own),
  };
}

function isNeeded({ name, args }: ChainEvent, own: ReadonlySet<string>): boolean {
  if (name === "WorkerEnrolled" || name === "UpdateCommitted") return own.has(args.worker);
  return name === "TwinSynchronized" ? own.has(args.twin) : true;
}
