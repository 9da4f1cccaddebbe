import type { RandomSource } from "./RandomSource.ts";

/** Shuffles `values` in place (Fisher–Yates) and returns it. */
export function shuffle<T extends { length: number; [index: number]: unknown }>(
  values: T,
  random: RandomSource,
): T {
  for (let last = values.length - 1; last > 0; last--) {
    const chosen = random.integer(last + 1);
    const kept = values[last];
    values[last] = values[chosen];
    values[chosen] = kept;
  }
  return values;
}
