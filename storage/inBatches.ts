/**
 * Does `work` for each value, at most `size` at a time. After a failure it
 * starts no further batch, and throws when nothing is under way any more.
 *
 * @example
 * await inBatches(blocks, 16, ({ digest, bytes }) => store.putBlock(digest, bytes));
 */
export async function inBatches<Value>(
  values: readonly Value[],
  size: number,
  work: (value: Value, index: number) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < values.length; start += size) {
    const batch = values.slice(start, start + size);
    const outcomes = await Promise.allSettled(batch.map((value, offset) => work(value, start + offset)));
    const failure = outcomes.find((outcome) => outcome.status === "rejected");
    if (failure !== undefined) throw failure.reason;
  }
}
