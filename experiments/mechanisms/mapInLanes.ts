/**
 * What a function makes of each of some values, in their order, so many at a time.
 *
 * @throws what the function throws first, once those under way have ended.
 */
export async function mapInLanes<T, R>(
  values: readonly T[],
  lanes: number,
  make: (value: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let failed = false;
  const lane = async () => {
    while (next < values.length && !failed) {
      const place = next++;
      try {
        results[place] = await make(values[place]!);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return results;
}
