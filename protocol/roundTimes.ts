/** How far the clocks of two chains may be apart, seconds (contracts/types/TaskTypes.sol). */
export const CLOCK_SKEW_SECONDS = 2;

/** Share of the time for reveals in which workers ask for storage receipts: the rest is for the reveal itself. */
export const RECEIPTS_SHARE = 2 / 3;

/**
 * When a round begins at the earliest, Unix seconds: rounds are spread evenly over the epoch.
 *
 * @param times - s, Unix seconds; T, seconds; how many rounds are planned.
 */
export function roundTime(
  { startTime, epochSeconds, rounds }: { startTime: number; epochSeconds: number; rounds: number },
  round: number,
): number {
  return startTime + Math.floor((round * epochSeconds) / rounds);
}

/** Until when a round takes commits at the latest, Unix seconds: the same on all subchains of its task. */
export function commitsUntil({ openedAt }: { openedAt: number }, commitSeconds: number): number {
  return openedAt + commitSeconds;
}

/** When a round's reveals begin, Unix seconds: as the relay chain said, else once no subchain can take a commit. */
export function revealsFrom(
  round: { openedAt: number; revealsOpenedAt?: number | undefined },
  commitSeconds: number,
): number {
  return round.revealsOpenedAt || commitsUntil(round, commitSeconds) + CLOCK_SKEW_SECONDS;
}

/** From when on a quorum of commits may close them, Unix seconds: a quarter of the phase after the round began there. */
export function quorumFrom({ startedAt }: { startedAt: number }, commitSeconds: number): number {
  return startedAt + Math.ceil(commitSeconds / 4);
}

/** How long the main chain waits for the reports of a round that it opened, seconds. */
export function roundSeconds(schedule: {
  commitSeconds: number;
  revealSeconds: number;
  reportSeconds: number;
}): number {
  return schedule.commitSeconds + CLOCK_SKEW_SECONDS + schedule.revealSeconds + schedule.reportSeconds;
}

/**
 * How long a task's planned rounds take at the longest after its start, seconds: each begins no earlier than its share
 * of the epoch, and not before the one before it is final.
 */
export function longestSeconds(
  rounds: number,
  schedule: Parameters<typeof roundSeconds>[0] & { epochSeconds: number },
): number {
  const round = roundSeconds(schedule);
  return Math.max(rounds * round, Math.floor((schedule.epochSeconds * (rounds - 1)) / rounds) + round);
}
