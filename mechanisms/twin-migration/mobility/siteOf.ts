import type { Place } from "../mathematics/mobility/farthestPoints.ts";
import type { Site } from "../mathematics/mobility/Site.ts";
import type { Track } from "../mathematics/mobility/Track.ts";

/** Cloud servers stand so far above the map, m, as on the grid. */
const CLOUD_METRES = 500;
/** Coverage of RSUs in traces, m. */
export const TRACE_COVERAGE_METRES = 300;
/** Edges nearer than so many coverage radii are neighbours: on the grid it is 1.05 cells of 500 m. */
const NEIGHBOUR_RADII = 1.75;

/** A map that holds places of RSUs and tracks, with its corner at 0, 0; tracks are moved along. */
export function siteOf(
  edges: readonly Place[],
  tracks: readonly Track[],
  clouds: number,
): { site: Site; tracks: Track[] } {
  let [left, right] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [bottom, top] = [left, right];
  const include = (x: number, y: number) => {
    left = Math.min(left, x);
    right = Math.max(right, x);
    bottom = Math.min(bottom, y);
    top = Math.max(top, y);
  };
  for (const { x, y } of edges) include(x, y);
  for (const { x, y } of tracks) for (let t = 0; t < x.length; t++) include(x[t]!, y[t]!);
  const [widthMetres, heightMetres] = [right - left, top - bottom];
  return {
    site: {
      widthMetres,
      heightMetres,
      edgeX: Float64Array.from(edges, ({ x }) => x - left),
      edgeY: Float64Array.from(edges, ({ y }) => y - bottom),
      cloudX: Float64Array.from({ length: clouds }, (_, i) => (widthMetres * (i + 0.5)) / clouds),
      cloudY: new Float64Array(clouds).fill(heightMetres + CLOUD_METRES),
      neighbourMetres: NEIGHBOUR_RADII * TRACE_COVERAGE_METRES,
    },
    tracks: tracks.map(({ firstSecond, x, y }) => ({
      firstSecond,
      x: x.map((one) => one - left),
      y: y.map((one) => one - bottom),
    })),
  };
}
