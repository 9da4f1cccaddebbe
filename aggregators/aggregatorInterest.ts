import type { ChainEvent, EventNamed } from "../chains/clients/ChainEvent.ts";
import type { BeginningName, Interest } from "../chains/clients/Interest.ts";

/** Which tasks concern a program, and which do not for ever; see `Interest`. */
interface Concerns {
  concerns: (beginning: EventNamed<BeginningName>) => Promise<boolean>;
  isOver?: (task: bigint) => Promise<boolean>;
}

/** What wakes an aggregator that waits, and is not looked at again: another may make as many as it likes. */
const WAKING: readonly string[] = ["AttestationCommitted", "AttemptFailed"];

/** What an aggregator needs of the main chain's events. */
export function aggregatorOnMain(concerns: Concerns): Interest {
  return {
    names: [
      "TaskPublished",
      "RoundReported",
      "AttestationCommitted",
      "AggregateAttested",
      "AttemptFailed",
      "RoundFinalized",
      "TaskClosed",
    ],
    begins: "TaskPublished",
    ...concerns,
    keeps: ({ name }: ChainEvent) => !WAKING.includes(name),
  };
}

/**
 * What an aggregator needs of a subchain's events. Of a worker's synchronizations and commits the first alone: a device
 * can synchronize as often as it likes.
 */
export function aggregatorOnSubchain(concerns: Concerns): Interest {
  return {
    names: ["TaskArrived", "TwinSynchronized", "UpdateCommitted", "UpdateRevealed"],
    begins: "TaskArrived",
    ...concerns,
    firstBy: ({ name, args }) => {
      if (name === "TwinSynchronized") return `${name}/${args.twin}`;
      return name === "UpdateCommitted" ? `${name}/${args.worker}` : undefined;
    },
  };
}
