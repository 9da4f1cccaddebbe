/**
 * Acceptance bitmaps: words of 256 bits a subchain, bit = the worker's index
 * (contracts/interfaces/ITaskManager.sol).
 */

/** Whether the bit of the worker at `index` is set. */
export function isAccepted(words: readonly bigint[], index: number): boolean {
  return ((words[Math.floor(index / 256)] ?? 0n) & (1n << BigInt(index % 256))) !== 0n;
}

/** How many workers' bits are set. */
export function acceptedCount(words: readonly bigint[]): number {
  return words.reduce((sum, word) => sum + word.toString(2).replaceAll("0", "").length, 0);
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
