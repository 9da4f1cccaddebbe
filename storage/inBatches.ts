/**
 * Does `work` for each item, at most `size` at a time. After a failure it
 * starts no further batch, and throws when nothing is under way any more.
 *
 * @example
 * await inBatches(blocks, 16, ({ digest, bytes }) => store.putBlock(digest, bytes));
 */
export async function inBatches<Item>(
  items: readonly Item[],
  size: number,
  work: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += size) {
    const batch = items.slice(start, start + size);
    const outcomes = await Promise.allSettled(batch.map((item, offset) => work(item, start + offset)));
    const failure = outcomes.find((outcome) => outcome.status === "rejected");
    if (failure !== undefined) throw failure.reason;
  }
}
