import { pino } from "pino";

import type { RelayEvent, RelayListener } from "./RelayEvent.ts";

/** Where a logger writes lines. */
export interface LogDestination {
  write(line: string): void;
}

/** A listener that writes every event as a line of JSON; what concerns a message carries its id. */
export function relayLogger(destination: LogDestination): RelayListener {
  const log = pino({ base: null, messageKey: "event" }, destination);
  return (event) => {
    const { type, ...rest } = event;
    const fields = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, plain(value)]));
    log[levelOf(event)](fields, type);
  };
}

function levelOf({ type }: RelayEvent): "info" | "warn" {
  return type === "trouble" ||
    type === "delivery-failed" ||
    type === "chain-reorganized" ||
    type === "contradiction-found"
    ? "warn"
    : "info";
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (!(value instanceof Error)) return value;
  const { code, shortMessage, message } = value as Error & { code?: string; shortMessage?: string };
  return { code, message: shortMessage ?? message };
}
