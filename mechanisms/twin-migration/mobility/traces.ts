/**
 * Real traces, read where the user keeps them: folders as their sources have them.
 *
 * | trace | what it is | RSUs |
 * | ----- | ---------- | ---- |
 * | `sumo-bologna` | 400 vehicles of a simulated town with measured demand, 1 Hz, 600 s | of its 29 signalled junctions, by farthest point |
 * | `sumo-alicante` | a simulated freeway, one direction | every 500 m along an 8 km stretch, or its 28 real stations |
 * | `bus-liverpool` | GPS of a bus: 16 trips, fixes 24 s apart | every 500 m along the longest trip |
 * | `eua` | 125 base stations in Melbourne | by farthest point; vehicles are those of a grid over their box |
 */
import { join } from "node:path";
import { farthestPoints, type Place } from "../mathematics/mobility/farthestPoints.ts";
import type { Site } from "../mathematics/mobility/Site.ts";
import type { Track } from "../mathematics/mobility/Track.ts";
import { placesAlong, stretchOf, tracksNear } from "./alongRoad.ts";
import { planeAt } from "./degrees.ts";
import { type Fix, readTracks, tracksOf } from "./readTracks.ts";
import { siteOf } from "./siteOf.ts";
import { readTable } from "./table.ts";

/** A trace with its RSUs, in the site's coordinates. */
export interface Trace {
  readonly site: Site;
  readonly tracks: readonly Track[];
}

/** RSUs along a road stand so far apart, m. */
const ROADSIDE_METRES = 500;
/** The stretch of the freeway, m, and how wide a carriageway is taken to be: 1 Hz at 30 m/s leaves 30 m between points. */
const STRETCH_METRES = 8000;
const ROAD_METRES = 40;
/** Vehicles must be there for so long: an episode. */
const WINDOW_SECONDS = 100;
/** Seconds of the trace at which vehicles of a stretch are counted. */
const SAMPLES = 7;
/** Fixes of a bus that are farther apart part a trip, s. */
const MOST_GAP_SECONDS = 60;

/** Places of a table with columns in metres. */
function readPlaces(path: string): Place[] {
  return readTable(path, ["x_m", "y_m"]).map((row) => ({ x: row.number("x_m"), y: row.number("y_m") }));
}

/** Bologna's centre. @param edges - Up to 29; 10 of them cover 90 % of all positions. */
export function readBologna(folder: string, { edges = 10, clouds = 3 } = {}): Trace {
  const tracks = readTracks(join(folder, "trace-1hz.csv.gz"));
  const junctions = readPlaces(join(folder, "sites-traffic-lights.csv"));
  return siteOf(farthestPoints(junctions, edges), tracks, clouds);
}

/**
 * The freeway from Alicante to Murcia: 8 km with an RSU every 500 m and those who pass them in a window, or all of it
 * with its real stations.
 *
 * @param options.around - How long before and after its 8 km a vehicle is followed, s: a window. With 0 only those are
 * there who are on them throughout.
 */
export function readAlicante(
  folder: string,
  {
    stations = false,
    clouds = 3,
    around = WINDOW_SECONDS,
  }: { stations?: boolean; clouds?: number; around?: number } = {},
): Trace {
  const tracks = readTracks(join(folder, "trace-1hz.csv.gz"));
  if (stations) return siteOf(readPlaces(join(folder, "sites-loop-detectors.csv")), tracks, clouds);
  const stretch = busiestStretch(tracks);
  return siteOf(
    placesAlong(stretch, ROADSIDE_METRES),
    tracksNear(tracks, stretch, ROAD_METRES, around),
    clouds,
  );
}

/** Of 8 km along vehicles' ways those that always have the most vehicles, by samples. */
function busiestStretch(tracks: readonly Track[]): Track {
  const first = tracks.reduce(
    (least, { firstSecond }) => Math.min(least, firstSecond),
    Number.POSITIVE_INFINITY,
  );
  const last = tracks.reduce((most, { firstSecond, x }) => Math.max(most, firstSecond + x.length - 1), first);
  const samples = Array.from({ length: SAMPLES }, (_, k) => {
    const second = Math.round(first + ((last - first) * k) / (SAMPLES - 1));
    return tracks.flatMap(({ firstSecond, x, y }) => {
      const at = second - firstSecond;
      return at >= 0 && at < x.length ? [pointTrack(x[at]!, y[at]!)] : [];
    });
  });
  let best = stretchOf(tracks[0]!, 0, STRETCH_METRES);
  let most = -1;
  // Who is there the whole time drives some 17 km: three stretches to look at.
  for (const track of tracks) {
    if (track.x.length !== last - first + 1) continue;
    for (let k = 0; k < 3; k++) {
      const stretch = stretchOf(track, Math.floor((track.x.length * k) / 4), STRETCH_METRES);
      const counts = samples.map((there) => tracksNear(there, stretch, ROAD_METRES).length);
      const least = counts.reduce((a, b) => Math.min(a, b));
      if (least <= most) continue;
      most = least;
      best = stretch;
    }
  }
  return best;
}

function pointTrack(x: number, y: number): Track {
  return { firstSecond: 0, x: Float64Array.of(x), y: Float64Array.of(y) };
}

/** A bus of Liverpool: its trips at 1 Hz, cut at gaps over 60 s; RSUs along the longest of them. */
export function readLiverpool(folder: string, { clouds = 1 } = {}): Trace {
  const columns = ["trip_id", "timestamp", "latitude", "longitude"];
  const rows = readTable(join(folder, "route14_outbound.csv"), columns);
  const origin = rows[0]!;
  const onPlane = planeAt(origin.number("latitude"), origin.number("longitude"));
  const trips = new Map<string, Fix[]>();
  for (const row of rows) {
    const fix = {
      seconds: secondsOf(row.text("timestamp")),
      ...onPlane(row.number("latitude"), row.number("longitude")),
    };
    const trip = row.text("trip_id");
    trips.set(trip, [...(trips.get(trip) ?? []), fix]);
  }
  const tracks = [...trips.values()].flatMap((fixes) => tracksOf(fixes, MOST_GAP_SECONDS));
  const longest = tracks.reduce((best, track) => (lengthOf(track) > lengthOf(best) ? track : best));
  return siteOf(placesAlong(longest, ROADSIDE_METRES), tracks, clouds);
}

/** "2026-01-26 15:57:02" as seconds; all of a file are of one place, so its offset does not matter. */
function secondsOf(timestamp: string): number {
  return Date.parse(`${timestamp.replace(" ", "T")}Z`) / 1000;
}

function lengthOf({ x, y }: Track): number {
  let metres = 0;
  for (let t = 1; t < x.length; t++) metres += Math.hypot(x[t]! - x[t - 1]!, y[t]! - y[t - 1]!);
  return metres;
}

/** Base stations of Melbourne's centre, by farthest point; there are no tracks. Its users stand and load them. */
export function readEua(folder: string, { edges = 10, clouds = 3 } = {}): Trace {
  const rows = readTable(join(folder, "edge-servers_site-optus-melbCBD.csv"), ["LATITUDE", "LONGITUDE"]);
  const onPlane = planeAt(rows[0]!.number("LATITUDE"), rows[0]!.number("LONGITUDE"));
  const stations = rows.map((row) => onPlane(row.number("LATITUDE"), row.number("LONGITUDE")));
  const users = readTable(join(folder, "users_users-melbcbd-generated.csv"), ["Latitude", "Longitude"]);
  const standing = users.map((row) => onPlane(row.number("Latitude"), row.number("Longitude")));
  return siteOf(farthestPoints(stations, edges), [], clouds, standing);
}
