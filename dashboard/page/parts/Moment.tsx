import { localMoment, utcMoment } from "../format/moment.ts";
import { serverSecond } from "../state/clock.ts";

/** A time of a chain, Unix seconds: where the reader is, in UTC on hover. */
export function Moment({ at }: { at: number | null }) {
  if (at === null) return <span class="dim">–</span>;
  return (
    <time dateTime={new Date(1000 * at).toISOString()} title={utcMoment(at)}>
      {localMoment(at, serverSecond.peek())}
    </time>
  );
}
