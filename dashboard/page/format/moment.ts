const LOCAL_TIME = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const LOCAL_DAY = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric" });

/**
 * A time of a chain where the reader is: the day with it unless it is today.
 *
 * @param at - Unix seconds.
 * @param now - Unix seconds, to know today by.
 */
export function localMoment(at: number, now: number): string {
  const date = new Date(1000 * at);
  const day = LOCAL_DAY.format(date);
  const time = LOCAL_TIME.format(date);
  return day === LOCAL_DAY.format(new Date(1000 * now)) ? time : `${day}, ${time}`;
}

/** A time in UTC, as ISO 8601 has it, to the second. */
export function utcMoment(at: number): string {
  return `${new Date(1000 * at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
