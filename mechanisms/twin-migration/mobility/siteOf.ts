import { least } from "../../../numerics/extremes.ts";
import type { Place } from "../mathematics/mobility/farthestPoints.ts";
import type { Site } from "../mathematics/mobility/Site.ts";
import type { Track } from "../mathematics/mobility/Track.ts";

/** Cloud servers stand so far above the map, m, as on the grid. */
const CLOUD_METRES = 500;
/** Coverage of RSUs in traces, m. */
export const TRACE_COVERAGE_METRES = 300;
/** Edges nearer than so many coverage radii are neighbours: on the grid it is 1.05 cells of 500 m. */
const NEIGHBOUR_RADII = 1.75;

/** What one who stands near an RSU asks of its server, cycles/s: a twentieth of a twin's. */
const STANDING_HZ = 0.044e9;

/** A map that holds places of RSUs and tracks, with its corner at 0, 0; tracks are moved along. Who stands is the nearest RSU's, if that covers him. */
export function siteOf(
  edges: readonly Place[],
  tracks: readonly Track[],
  clouds: number,
  standing: readonly Place[] = [],
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
  const standingHz = new Float64Array(edges.length);
  for (const { x, y } of standing) {
    const metres = edges.map((edge) => Math.hypot(edge.x - x, edge.y - y));
    const nearest = metres.indexOf(least(metres));
    if (metres[nearest]! <= TRACE_COVERAGE_METRES) standingHz[nearest]! += STANDING_HZ;
  }
  return {
    site: {
      standingHz,
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
