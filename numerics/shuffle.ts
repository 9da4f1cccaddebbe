import type { RandomSource } from "./RandomSource.ts";

/** Shuffles `items` in place (Fisher–Yates) and returns it. */
export function shuffle<T extends { length: number; [index: number]: unknown }>(
  items: T,
  random: RandomSource,
): T {
  for (let last = items.length - 1; last > 0; last--) {
    const chosen = random.integer(last + 1);
    const kept = items[last];
    items[last] = items[chosen];
    items[chosen] = kept;
  }
  return items;
}
