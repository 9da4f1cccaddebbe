/** What stands between two parts of a line. */
const BETWEEN = " · ";

/**
 * A line of parts, the most important first, that is no wider than it may be: the last ones are left out, and one that
 * does not fit alone is cut.
 *
 * @param width - Characters.
 *
 * @example
 * fitted(["round 1/6", "40 s left", "messages 3/4"], 24); // "round 1/6 · 40 s left"
 */
export function fitted(parts: readonly string[], width: number): string {
  for (let count = parts.length; count > 0; count--) {
    const line = parts.slice(0, count).join(BETWEEN);
    if (line.length <= width) return line;
  }
  if (parts.length === 0) return "";
  return `${parts[0]!.slice(0, Math.max(0, width - 1))}…`.slice(0, Math.max(0, width));
}
