const RATIO = (Math.sqrt(5) - 1) / 2;
/** After so many steps the interval is as small as float64 has it. */
const MOST_STEPS = 120;

/**
 * The largest value of a function that is concave from `low` to `high`, by golden section; never less than at either
 * end.
 */
export function goldenMaximum(value: (x: number) => number, low: number, high: number): number {
  let [a, b] = [low, high];
  let best = Math.max(value(a), value(b));
  let x = b - RATIO * (b - a);
  let y = a + RATIO * (b - a);
  let [atX, atY] = [value(x), value(y)];
  for (let i = 0; i < MOST_STEPS && b - a > 1e-13 * Math.max(Math.abs(a), Math.abs(b)); i++) {
    best = Math.max(best, atX, atY);
    if (atX >= atY) {
      [b, y, atY] = [y, x, atX];
      x = b - RATIO * (b - a);
      atX = value(x);
    } else {
      [a, x, atX] = [x, y, atY];
      y = a + RATIO * (b - a);
      atY = value(y);
    }
  }
  return best;
}
