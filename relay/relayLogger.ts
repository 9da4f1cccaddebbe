import { eventLogger, type LogDestination } from "../reports/eventLogger.ts";
import type { RelayEvent, RelayListener } from "./RelayEvent.ts";

/** A listener that writes every event as a line of JSON; what concerns a message or a task carries its id. */
export function relayLogger(destination: LogDestination): RelayListener {
  return eventLogger(destination, { partOf: () => "relay", isWarning });
}

function isWarning({ type }: RelayEvent): boolean {
  return (
    type === "trouble" ||
    type === "delivery-failed" ||
    type === "chain-reorganized" ||
    type === "contradiction-found" ||
    type === "endpoint-differs"
  );
}
