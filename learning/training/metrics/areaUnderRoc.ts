/** A share as two whole numbers; 0 / 0 when there is nothing to share. */
export interface Ratio {
  readonly numerator: number;
  readonly denominator: number;
}

/**
 * The area under the ROC curve: how likely a random positive scores higher than a
 * random negative, ties counting half (Hanley, McNeil 1982; the Mann–Whitney
 * statistic). In half pairs, so it is exact. A score that is NaN counts as infinite.
 *
 * @param scores - Shape [n].
 * @param positives - Shape [n]: other than 0 for a positive.
 *
 * @example
 * areaUnderRoc([0.1, 0.9, 0.4], [0, 1, 0]); // { numerator: 4, denominator: 4 }
 */
export function areaUnderRoc(scores: ArrayLike<number>, positives: ArrayLike<number>): Ratio {
  const value = (index: number) => (Number.isNaN(scores[index]) ? Number.POSITIVE_INFINITY : scores[index]!);
  const order = Array.from(scores, (_, index) => index).sort((a, b) =>
    value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0,
  );
  let negativesBelow = 0;
  let halfPairs = 0;
  let positiveCount = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let tiedPositives = 0;
    while (end < order.length && value(order[end]!) === value(order[start]!)) {
      if (positives[order[end]!] !== 0) tiedPositives++;
      end++;
    }
    const tiedNegatives = end - start - tiedPositives;
    halfPairs += tiedPositives * (2 * negativesBelow + tiedNegatives);
    negativesBelow += tiedNegatives;
    positiveCount += tiedPositives;
    start = end;
  }
  return { numerator: halfPairs, denominator: 2 * positiveCount * negativesBelow };
}
