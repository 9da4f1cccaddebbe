import { CANONICAL_GAME } from "./canonicalGame.ts";
import { meanOf } from "./distribution.ts";

/** Table IV's times to 90 % on MNIST as printed, s, by scheme: MSPs 1 to 3; "30+" as 30. */
export const PRINTED_SECONDS = {
  "immersion-aware": [15.23, 13.09, 7.59],
  x_based: [17.79, 18.03, 19.8],
  w_based: [30, 24.04, 10.28],
  w_x_based: [23.2, 19.08, 12.34],
  fixed: [30, 30, 30],
} as const;

/** Its times on traffic signs, s, by precision and scheme: MSPs 1 to 3; "1200+" as 1200. */
export const PRINTED_SIGN_SECONDS = {
  map50: {
    "immersion-aware": [418.28, 447.69, 451.27],
    x_based: [596.57, 679.91, 890.47],
    w_based: [774.09, 953.5, 1013.89],
    w_x_based: [596.35, 848.68, 932.73],
    fixed: [1200, 1200, 1200],
  },
  map: {
    "immersion-aware": [513.16, 581.09, 623.89],
    x_based: [812.53, 898.59, 1061.5],
    w_based: [1064.83, 1175.58, 1200],
    w_x_based: [901.61, 1190, 1194],
    fixed: [1200, 1200, 1200],
  },
} as const;

/** Table IV's times of one column, for people: those that are T as more than that. */
export function printedTimes(times: Readonly<Record<string, readonly number[]>>, most: number): string {
  return Object.entries(times)
    .map(
      ([scheme, seconds]) =>
        `${scheme} ${seconds.map((time) => (time === most ? `${most}+` : time)).join(", ")}`,
    )
    .join("; ");
}

/**
 * Mean over benchmarks and MSPs of 1 − t/t_scheme, times beyond T cut off there, as "30+" asks for.
 *
 * @param ours - Seconds, one an MSP.
 * @param others - The same for each benchmark.
 * @param most - T, s; MNIST's unless given.
 */
export function reduction(
  ours: readonly number[],
  others: readonly (readonly number[])[],
  most: number = CANONICAL_GAME.T,
): number {
  const cut = (seconds: number) => Math.min(seconds, most);
  return meanOf(others.flatMap((times) => times.map((seconds, n) => 1 - cut(ours[n]!) / cut(seconds))));
}
