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

/** Parts of tracks that are within `metres` of a way. */
export function tracksNear(tracks: readonly Track[], way: Track, metres: number): Track[] {
  return tracks.flatMap((track) => {
    const near = Array.from(track.x, (x, t) => isNear(way, x, track.y[t]!, metres));
    const parts: Track[] = [];
    for (let t = 0; t < near.length; ) {
      if (!near[t]) {
        t++;
        continue;
      }
      let end = t;
      while (end < near.length && near[end]) end++;
      parts.push({ firstSecond: track.firstSecond + t, x: track.x.slice(t, end), y: track.y.slice(t, end) });
      t = end;
    }
    return parts;
  });
}

function isNear({ x, y }: Track, px: number, py: number, metres: number): boolean {
  for (let t = 0; t < x.length; t++) if (Math.hypot(px - x[t]!, py - y[t]!) <= metres) return true;
  return false;
}
