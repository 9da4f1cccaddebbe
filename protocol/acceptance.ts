/**
 * Acceptance bitmaps: words of 256 bits a subchain, bit = the worker's index
 * (contracts/interfaces/ITaskManager.sol).
 */

/** Whether the bit of the worker at `index` is set. */
export function isAccepted(words: readonly bigint[], index: number): boolean {
  return ((words[Math.floor(index / 256)] ?? 0n) & (1n << BigInt(index % 256))) !== 0n;
}

/** The fewest words in which the bits of the workers at `indices` are set. */
export function acceptanceOf(indices: readonly number[]): bigint[] {
  const words: bigint[] = [];
  for (const index of indices) {
    const word = Math.floor(index / 256);
    while (words.length <= word) words.push(0n);
    words[word]! |= 1n << BigInt(index % 256);
  }
  return words;
}

/** How many workers' bits are set. */
export function acceptedCount(words: readonly bigint[]): number {
  let count = 0;
  for (let word of words) for (; word !== 0n; word &= word - 1n) count++;
  return count;
}
