/**
 * A span for people, of which two units are enough.
 *
 * @param seconds - Not below 0; parts of a second are left out from ten seconds on.
 *
 * @example
 * duration(75); // "1 min 15 s"
 */
export function duration(seconds: number): string {
  if (seconds < 0) return `−${duration(-seconds)}`;
  if (seconds < 10 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const units = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ] as const;
  const at = units.findIndex(([size]) => whole >= size);
  const [size, name] = units[at]!;
  const [nextSize, nextName] = units[at + 1]!;
  const rest = Math.floor((whole % size) / nextSize);
  return rest === 0
    ? `${Math.floor(whole / size)} ${name}`
    : `${Math.floor(whole / size)} ${name} ${rest} ${nextName}`;
}
