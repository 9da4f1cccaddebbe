import { greatest, least } from "../../../numerics/extremes.ts";
import type { Place } from "../mathematics/mobility/farthestPoints.ts";
import type { Track } from "../mathematics/mobility/Track.ts";

/** A place every so many metres along a track's way, the first after half of it. */
export function placesAlong({ x, y }: Track, everyMetres: number): Place[] {
  const places: Place[] = [];
  let next = everyMetres / 2;
  let way = 0;
  for (let t = 1; t < x.length; t++) {
    const [dx, dy] = [x[t]! - x[t - 1]!, y[t]! - y[t - 1]!];
    const metres = Math.hypot(dx, dy);
    while (metres > 0 && next <= way + metres) {
      const share = (next - way) / metres;
      places.push({ x: x[t - 1]! + share * dx, y: y[t - 1]! + share * dy });
      next += everyMetres;
    }
    way += metres;
  }
  return places;
}

/** The part of a track from one second on until its way is `metres` long; shorter if the track is. */
export function stretchOf({ firstSecond, x, y }: Track, from: number, metres: number): Track {
  let way = 0;
  let end = from;
  while (end + 1 < x.length && way < metres) {
    way += Math.hypot(x[end + 1]! - x[end]!, y[end + 1]! - y[end]!);
    end++;
  }
  return { firstSecond: firstSecond + from, x: x.slice(from, end + 1), y: y.slice(from, end + 1) };
}

/**
 * Parts of tracks that are within `metres` of a way.
 *
 * @param around - With so many seconds before and after: a window of as long then has those who pass at any time of it.
 */
export function tracksNear(tracks: readonly Track[], way: Track, metres: number, around = 0): Track[] {
  const isNear = nearTo(way, metres);
  return tracks.flatMap((track) => {
    const near = Array.from(track.x, (x, t) => isNear(x, track.y[t]!));
    const parts: Track[] = [];
    for (let t = 0; t < near.length; ) {
      if (!near[t]) {
        t++;
        continue;
      }
      let end = t;
      while (end < near.length && near[end]) end++;
      const [from, to] = [Math.max(0, t - around), Math.min(near.length, end + around)];
      parts.push({
        firstSecond: track.firstSecond + from,
        x: track.x.slice(from, to),
        y: track.y.slice(from, to),
      });
      t = end;
    }
    return parts;
  });
}

/** Tells whether a place is within `metres` of a way: looked up by a box around it first. */
function nearTo({ x, y }: Track, metres: number): (px: number, py: number) => boolean {
  const [left, right] = [least(x) - metres, greatest(x) + metres];
  const [bottom, top] = [least(y) - metres, greatest(y) + metres];
  const square = metres * metres;
  return (px, py) => {
    if (px < left || px > right || py < bottom || py > top) return false;
    for (let t = 0; t < x.length; t++) {
      const [dx, dy] = [px - x[t]!, py - y[t]!];
      if (dx * dx + dy * dy <= square) return true;
    }
    return false;
  };
}
