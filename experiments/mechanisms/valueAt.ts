/**
 * What a line through points has at an x, which it has in proportion between the two nearest ones; before the first and
 * after the last as much as these.
 *
 * @param points - x and y, at least one.
 */
export function valueAt(points: readonly (readonly [x: number, y: number])[], x: number): number {
  const sorted = points.toSorted((a, b) => a[0] - b[0]);
  const after = sorted.findIndex(([at]) => at >= x);
  if (after === -1) return sorted.at(-1)![1];
  const [x1, y1] = sorted[after]!;
  if (after === 0) return y1;
  const [x0, y0] = sorted[after - 1]!;
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
