/** How many different values a decoder remembers unless it says. */
const REMEMBERED = 64;

/**
 * A decoder that remembers what it decoded last: whoever shows a task asks for the same of every worker.
 *
 * @param most - How many different values it remembers.
 */
export function remembering<T extends object>(
  decode: (bytes: string) => T,
  most = REMEMBERED,
): (bytes: string) => Readonly<T> {
  const known = new Map<string, T>();
  return (bytes) => {
    const decoded = known.get(bytes) ?? decode(bytes);
    if (!known.has(bytes) && known.size === most) known.clear();
    known.set(bytes, decoded);
    return decoded;
  };
}
