/** Where one vehicle was, second by second without a gap, m. */
export interface Track {
  readonly firstSecond: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** Whether a vehicle is there from a second on for a whole window: at its first and its last second, and all between. */
export function fillsWindow({ firstSecond, x }: Track, start: number, seconds: number): boolean {
  return firstSecond <= start && start + seconds < firstSecond + x.length;
}

/** The share of all positions that are within `metres` of one of the points. */
export function coveredShare(
  tracks: readonly Track[],
  points: readonly { x: number; y: number }[],
  metres: number,
): number {
  let covered = 0;
  let all = 0;
  for (const track of tracks) {
    for (let t = 0; t < track.x.length; t++) {
      all++;
      const near = points.some(({ x, y }) => {
        const [dx, dy] = [track.x[t]! - x, track.y[t]! - y];
        return dx * dx + dy * dy <= metres * metres;
      });
      if (near) covered++;
    }
  }
  return covered / all;
}
