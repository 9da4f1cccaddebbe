import type { Finding } from "./Examination.ts";

/** A block's place and time. */
interface TimedBlock {
  number: number;
  /** Unix seconds. */
  timestamp: number;
}

/** How far a block's time may be ahead of this machine's, seconds: it is in whole ones, and clocks differ a little. */
const AHEAD_SECONDS = 2;
/** Blocks further apart than that are not made by the clock, seconds. */
const REGULAR_SECONDS = 60;
/** After how many of its usual block times a chain that makes blocks by the clock counts as still. */
const STILL_BLOCKS = 10;
/** And at the least after so long, seconds. */
const STILL_SECONDS = 30;

/**
 * What a chain's blocks tell of this machine's clock, and of the chain.
 *
 * @param times - `now`: this machine's, Unix seconds; `earlier`: a block some blocks before the newest.
 */
export function chainTimeFinding({
  now,
  head,
  earlier,
}: {
  now: number;
  head: TimedBlock;
  earlier: TimedBlock | undefined;
}): Finding {
  const age = now - head.timestamp;
  const at = `block ${head.number}`;
  if (age < -AHEAD_SECONDS)
    return {
      outcome: "fail",
      found: `${at} is ${(-age).toFixed(1)} s ahead of this machine's clock`,
      next: "Set this machine's clock by NTP (timedatectl set-ntp true); if it is right, the clocks of the chain's nodes are wrong.",
    };
  const between =
    earlier === undefined || earlier.number === head.number
      ? undefined
      : (head.timestamp - earlier.timestamp) / (head.number - earlier.number);
  if (between === undefined || between > REGULAR_SECONDS)
    return { outcome: "ok", found: `${at} is ${Math.max(0, age).toFixed(1)} s old` };
  const usual = `${between.toFixed(1)} s a block`;
  if (age > Math.max(STILL_SECONDS, STILL_BLOCKS * between))
    return {
      outcome: "warn",
      found: `${at} is ${age.toFixed(0)} s old, after ${usual}`,
      next: "A chain that makes blocks only for transactions may be so. Else it stands still, its node does not follow it, or this machine's clock is ahead: compare with timedatectl.",
    };
  return { outcome: "ok", found: `${at} is ${Math.max(0, age).toFixed(1)} s old, ${usual}` };
}
