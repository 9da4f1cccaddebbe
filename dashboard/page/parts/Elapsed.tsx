import { duration } from "../format/duration.ts";
import { chainSecond, serverSecond, wallNow } from "../state/clock.ts";

/** How long ago something was by the viewer's clock, and it goes on. @param since - Unix seconds. */
export function Elapsed({ since }: { since: number }) {
  return <span>{duration(Math.max(0, Math.floor(wallNow.value - since)))}</span>;
}

/** The same by the server's clock. */
export function ElapsedAtServer({ since }: { since: number }) {
  return <span>{duration(Math.max(0, Math.floor(serverSecond.value - since)))}</span>;
}

/** The same by the chains' clock, of a block. */
export function Age({ at }: { at: number }) {
  return <span>{duration(Math.max(0, Math.floor(chainSecond.value - at)))}</span>;
}

/** How long it is until a time of the chains; once it is over, since when. */
export function Countdown({ until }: { until: number }) {
  const left = until - chainSecond.value;
  return left >= 0 ? <span>{duration(left)}</span> : <span>over for {duration(-left)}</span>;
}
