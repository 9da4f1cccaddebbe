import type { EventNamed } from "../../chains/clients/ChainEvent.ts";
import { type ChainEvidence, eventsOf } from "./ChainEvidence.ts";

/** A refresh of a worker's data with its block time. */
export interface Refresh {
  worker: string;
  /** Unix seconds. */
  time: number;
  event: EventNamed<"DataRefreshed" | "TwinSynchronized">;
}

/** Every refresh that a subchain shows in a task: of devices' own data, or of the data synchronized to twins. */
export async function refreshesOf(chain: ChainEvidence, task: bigint): Promise<Refresh[]> {
  const events = eventsOf(chain, task, "DataRefreshed", "TwinSynchronized");
  return Promise.all(
    events.map(async (event) => ({
      worker: event.name === "DataRefreshed" ? event.args.worker : event.args.twin,
      time: await chain.blockTime(event.blockNumber),
      event,
    })),
  );
}
