import leven from "leven";

/** What is longer was no slip. */
const MOST_CHARACTERS = 100;

/**
 * The name that was most likely meant by one that is none; undefined when none is near.
 *
 * @example
 * nearestName("rouds", ["name", "rounds"]); // "rounds"
 */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  if (written.length > MOST_CHARACTERS) return undefined;
  const most = Math.min(3, Math.floor(written.length / 2));
  const near = names
    .map((name) => ({ name, distance: leven(written.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance || leven(written, a.name) - leven(written, b.name));
  return near[0]?.name;
}

/** What follows "there is no such name": the one that was meant, and which there are. */
export function namesAllowed(written: string, names: readonly string[]): string {
  const near = nearestName(written, names);
  const all = names.join(", ");
  return near === undefined ? `allowed: ${all}` : `did you mean ${near}? allowed: ${all}`;
}
