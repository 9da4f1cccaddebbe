import type { EventNamed } from "../../../chains/clients/ChainEvent.ts";
import { aggregateHash } from "../../../protocol/leaves.ts";
import type { HonestTask } from "./honestTask.ts";

/** Lets all aggregators attest, and main finalize, round 1 with other values. */
export function finalizeWith(
  { main }: HonestTask,
  changed: Partial<Pick<EventNamed<"RoundFinalized">["args"], "globalModel" | "accepted" | "scores">>,
): void {
  const { args } = main.all("RoundFinalized")[0]!;
  Object.assign(args, changed);
  const { globalModel, scorePpb, accepted, scores } = args;
  for (const event of main.events) {
    if (event.name !== "AggregateAttested") continue;
    event.args.aggregateHash = aggregateHash({ globalModel, scorePpb, accepted, scores });
  }
}
