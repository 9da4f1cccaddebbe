/**
 * The number that people are told of something in a row: a task's first round is round 1, as a file's first
 * line is line 1. Code, contracts, events and the files that go with them count from 0; whatever is printed, asked
 * for on the command line, or said in an error counts from 1, and this is where the one becomes the other.
 *
 * @example `Round ${ordinal(round)} was finalized at ${time}.`
 */
export function ordinal(place: number | bigint): string {
  return String(BigInt(place) + 1n);
}
