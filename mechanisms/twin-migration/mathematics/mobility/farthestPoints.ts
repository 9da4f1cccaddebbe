/** A place, m. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/**
 * Chooses places that are spread out: the first is the one nearest to the middle of all, each next one the farthest from
 * those that were chosen. Of equal ones the first.
 */
export function farthestPoints<T extends Place>(places: readonly T[], count: number): T[] {
  const middle = { x: mean(places.map(({ x }) => x)), y: mean(places.map(({ y }) => y)) };
  const first = places.reduce((best, one) => (apart(one, middle) < apart(best, middle) ? one : best));
  const chosen = [first];
  const nearest = places.map((place) => apart(place, first));
  while (chosen.length < Math.min(count, places.length)) {
    let farthest = 0;
    for (let i = 1; i < places.length; i++) if (nearest[i]! > nearest[farthest]!) farthest = i;
    const next = places[farthest]!;
    chosen.push(next);
    for (let i = 0; i < places.length; i++) nearest[i] = Math.min(nearest[i]!, apart(places[i]!, next));
  }
  return chosen;
}

function apart(a: Place, b: Place): number {
  const [dx, dy] = [a.x - b.x, a.y - b.y];
  return Math.sqrt(dx * dx + dy * dy);
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
