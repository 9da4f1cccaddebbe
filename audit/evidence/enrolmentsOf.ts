import type { EventNamed } from "../../chains/clients/ChainEvent.ts";
import { type ChainEvidence, eventsOf } from "./ChainEvidence.ts";

/** A worker's place in a task. */
export interface Enrolment {
  worker: string;
  /** In the order of enrolment, from 0. */
  index: number;
  /** The chosen item of the menu, from 0. */
  item: number;
  event: EventNamed<"WorkerEnrolled">;
}

/** Who enrolled in a task on a subchain, in the order of the chain. */
export function enrolmentsOf(chain: ChainEvidence, task: bigint): Enrolment[] {
  return eventsOf(chain, task, "WorkerEnrolled").map((event) => ({
    worker: event.args.worker,
    index: event.args.index,
    item: event.args.item,
    event,
  }));
}
