import { pino } from "pino";

import type { BaseError } from "../protocol/BaseError.ts";

/** Where a logger writes lines. */
export interface LogDestination {
  write(line: string): void;
}

/** Something that a service tells. */
export interface LoggedEvent {
  readonly type: string;
}

/**
 * A listener that writes every event as a line of JSON: time, level, `part` (who tells it), `event` (its type) and its
 * fields. These have one name each everywhere: `task`, `round` (from 0, as contracts count), `chain`, `worker`,
 * `aggregator`, `validator`, `messageId` (or `messageIds` of several), `error`.
 */
export function eventLogger<E extends LoggedEvent>(
  destination: LogDestination,
  { partOf, isWarning = isTrouble }: { partOf: (event: E) => string; isWarning?: (event: E) => boolean },
): (event: E) => void {
  const log = pino({ base: null, messageKey: "event" }, destination);
  return (event) => {
    const { type, ...fields } = plainEvent(event);
    log[isWarning(event) ? "warn" : "info"]({ part: partOf(event), ...fields }, type);
  };
}

function isTrouble(event: LoggedEvent): boolean {
  return "error" in event;
}

/** An event as JSON can hold it: whole numbers of any size as text, an error as its code, message and details. */
export function plainEvent<E extends LoggedEvent>(event: E): Record<string, unknown> & { type: string } {
  const fields = Object.entries(event).map(([key, value]) => [key, plain(value)]);
  return { ...(Object.fromEntries(fields) as Record<string, unknown>), type: event.type };
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (!(value instanceof Error)) return value;
  const { code, shortMessage, message, details } = value as Error & Partial<BaseError>;
  return { code, message: shortMessage ?? message, ...(details === undefined ? {} : { details }) };
}
