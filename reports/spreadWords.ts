/** What curves over so many seeds show, in words: one run has no spread. */
export function spreadWords(seeds: number): string {
  return seeds === 1 ? "one seed" : `mean and standard deviation of ${seeds} seeds`;
}
