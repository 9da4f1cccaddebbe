/**
 * The market's epoch, and how far into it a vehicle sets off, milliseconds: all offers of an epoch are known 23 s after it
 * began (docs/operations.md), the cloud's alone before that; and so they are in the next when it is half-way.
 */
const EPOCH_MILLISECONDS = 100_000;
const OFFERED_MILLISECONDS = 45_000;

/** The first time not before another at which all offers of an epoch are known on chains of 2 s, Unix ms. */
export function whenOffered(earliestMs: number): number {
  const epoch = Math.ceil((earliestMs - OFFERED_MILLISECONDS) / EPOCH_MILLISECONDS);
  return epoch * EPOCH_MILLISECONDS + OFFERED_MILLISECONDS;
}
