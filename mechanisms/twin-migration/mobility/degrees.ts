import type { Place } from "../mathematics/mobility/farthestPoints.ts";

const EARTH_METRES = 6_371_000;

/** Degrees as metres on a plane that touches the earth at an origin: right to a metre over some ten kilometres. */
export function planeAt(latitude: number, longitude: number): (latitude: number, longitude: number) => Place {
  const radians = Math.PI / 180;
  const narrow = Math.cos(latitude * radians);
  return (lat, lon) => ({
    x: (lon - longitude) * radians * EARTH_METRES * narrow,
    y: (lat - latitude) * radians * EARTH_METRES,
  });
}
