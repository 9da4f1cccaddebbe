import type { Unread } from "../../../relay/unreadMessages.ts";

/** How a relay stands, as `relay status` tells it. */
export interface RelayStanding {
  /** False when messages wait, or may, and this relayer does not run. */
  ok: boolean;
  warnings: string[];
  /** That nothing is open, where that is so. */
  text: string | undefined;
}

/**
 * Judges what a relayer's database says by what the chains and its lock say: a database of a relayer that is dead knows
 * nothing of what was sent since.
 *
 * @param inputs - `open`: of the messages that it read; `isRunning`: whether a process holds its database.
 */
export function relayStanding({
  unread,
  isRunning,
  open,
}: {
  unread: readonly (Unread & { origin: string })[];
  isRunning: boolean;
  open: number;
}): RelayStanding {
  const waiting = unread.flatMap((one) => ("count" in one && one.count > 0 ? [one] : []));
  const unknown = unread.flatMap((one) => ("unknown" in one ? [one.unknown] : []));
  const warnings = [
    ...waiting.map(
      ({ origin, count }) =>
        `${count} ${count === 1 ? "message" : "messages"} of ${origin} ${count === 1 ? "waits" : "wait"} that this relayer has not read.`,
    ),
    ...unknown.map((why) => `${why}: whether it has sent anything since is not known.`),
    ...(isRunning ? [] : ["This relayer is not running: ./freshet relay start, or ./freshet up, starts it."]),
  ];
  const isNothing = open === 0 && waiting.length === 0;
  return {
    ok: isRunning || (isNothing && unknown.length === 0),
    warnings,
    text: !isNothing
      ? undefined
      : unknown.length === 0
        ? "Nothing is open."
        : "Nothing is open of what this relayer has read.",
  };
}
