import { existsSync } from "node:fs";
import { join } from "node:path";

import { least } from "../../../numerics/extremes.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { Place } from "../mathematics/mobility/farthestPoints.ts";
import { GridMobility } from "../mathematics/mobility/GridMobility.ts";
import type { Mobility } from "../mathematics/mobility/Mobility.ts";
import { TraceMobility } from "../mathematics/mobility/TraceMobility.ts";
import { fillsWindow, type Track } from "../mathematics/mobility/Track.ts";
import { DEFAULT_PARAMETERS } from "../mathematics/parameters.ts";
import { World } from "../mathematics/world/World.ts";
import { siteOf } from "../mobility/siteOf.ts";
import { readAlicante, readBologna, readEua, readLiverpool, type Trace } from "../mobility/traces.ts";

/** How large the demo's market is. */
export const SIZE = { vehicles: 10, edges: 4, clouds: 2 } as const;

/** Signalled junctions of Bologna: of all of them those are taken between which most go. */
const BOLOGNA_JUNCTIONS = 29;

/** What a demo replays. */
export interface Scenario {
  about: string;
  world: World;
  /** Of each vehicle its position at each step. */
  tracks: readonly { x: number[]; y: number[] }[];
}

/**
 * What vehicles drive: the grid's movements, or those of a real trace.
 *
 * @param steps - Seconds that every vehicle is there.
 * @throws BaseError `TRACE_UNKNOWN`; what reading a trace throws.
 */
export function scenarioOf(seed: number, steps: number, folder: string | undefined): Scenario {
  const parameters = { ...DEFAULT_PARAMETERS, episodeSteps: steps };
  if (folder === undefined) {
    const { vehicles, edges, clouds } = SIZE;
    const mobility = new GridMobility(vehicles, edges, clouds, parameters);
    return recorded(`a grid of ${edges} crossings`, mobility, vehicles, seed, steps);
  }
  const { name, trace } = readTrace(folder);
  if (trace.tracks.length === 0) {
    const mobility = new GridMobility(SIZE.vehicles, SIZE.edges, SIZE.clouds, parameters, trace.site);
    return recorded(name, mobility, SIZE.vehicles, seed, steps);
  }
  const near = busiest(trace, steps);
  const vehicles = Math.min(SIZE.vehicles, Math.max(mostPresent(near.tracks, steps), 1));
  const mobility = new TraceMobility({
    vehicles,
    site: near.site,
    tracks: near.tracks,
    windowSeconds: steps,
  });
  return recorded(name, mobility, vehicles, seed, steps);
}

function recorded(
  about: string,
  mobility: Mobility,
  vehicles: number,
  seed: number,
  steps: number,
): Scenario {
  const world = new World(mobility, { ...DEFAULT_PARAMETERS, episodeSteps: steps });
  world.reset(seed);
  const tracks = Array.from({ length: vehicles }, () => ({ x: [] as number[], y: [] as number[] }));
  const round = (metres: number) => Math.round(metres * 100) / 100;
  for (let step = 0; step <= steps; step++) {
    if (step > 0) mobility.advance(step);
    for (const [v, track] of tracks.entries()) {
      track.x.push(round(mobility.x[v]!));
      track.y.push(round(mobility.y[v]!));
    }
  }
  return { about, world, tracks };
}

/** A trace by what its folder holds. */
function readTrace(folder: string): { name: string; trace: Trace } {
  const has = (file: string) => existsSync(join(folder, file));
  const size = { edges: SIZE.edges, clouds: SIZE.clouds };
  if (has("sites-traffic-lights.csv"))
    return { name: "the town of Bologna", trace: readBologna(folder, { ...size, edges: BOLOGNA_JUNCTIONS }) };
  if (has("sites-loop-detectors.csv")) {
    return { name: "the freeway from Alicante", trace: readAlicante(folder, { clouds: SIZE.clouds }) };
  }
  if (has("route14_outbound.csv")) {
    return { name: "buses of Liverpool", trace: readLiverpool(folder, { clouds: SIZE.clouds }) };
  }
  if (has("edge-servers_site-optus-melbCBD.csv")) {
    return { name: "base stations of Melbourne, with a grid's movements", trace: readEua(folder, size) };
  }
  throw new BaseError("TRACE_UNKNOWN", `There is no trace that can be read in ${folder}.`, {
    details:
      "Known are the folders of sumo-bologna, sumo-alicante, bus-liverpool and eua, as their sources have them.",
    next: "Name such a folder, or leave --trace out: vehicles then drive a grid.",
  });
}

function mostPresent(tracks: readonly Track[], seconds: number): number {
  let most = 0;
  for (const { firstSecond } of tracks) {
    // As many as anywhere are there when somebody has just come.
    most = Math.max(most, tracks.filter((track) => fillsWindow(track, firstSecond, seconds)).length);
  }
  return most;
}

/**
 * As many RSUs as the demo has, those between which most vehicles go within a window; and of tracks the parts on which
 * they do, or if there are none, the parts that are near an RSU.
 */
function busiest({ site, tracks }: Trace, seconds: number): Trace {
  const all = Array.from({ length: site.edgeX.length }, (_, j) => ({ x: site.edgeX[j]!, y: site.edgeY[j]! }));
  const places = goneBetween(all, tracks, seconds).map((j) => all[j]!);
  const crossing = tracks.flatMap((track) => partOf(track, crossingOf(track, places, seconds)));
  if (mostPresent(crossing, seconds) > 0) return siteOf(places, crossing, site.cloudX.length);
  const near = tracks.flatMap((track) => partOf(track, stayOf(track, places, Math.ceil(seconds / 2))));
  return siteOf(places, near, site.cloudX.length);
}

function metresBetween(a: Place, b: Place): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** Places that are not in each other's coverage: the two between which most go, then each that adds most. */
function goneBetween(places: readonly Place[], tracks: readonly Track[], seconds: number): number[] {
  const goes = places.map(() => new Float64Array(places.length));
  for (const track of tracks) {
    const first = places.map((place) =>
      Array.from(track.x).findIndex((x, t) => isNear(place, { x, y: track.y[t]! })),
    );
    for (const [i, at] of first.entries()) {
      for (const [j, later] of first.entries()) {
        // Who is near both at once goes from one to the other as well.
        if (at >= 0 && later > at && later - at <= seconds / 2) goes[i]![j]!++;
      }
    }
  }
  const chosen: number[] = [];
  while (chosen.length < Math.min(SIZE.edges, places.length)) {
    let best = -1;
    let most = -1;
    for (const [j, place] of places.entries()) {
      if (chosen.some((i) => metresBetween(places[i]!, place) < DEFAULT_PARAMETERS.coverageMetres)) continue;
      const others = chosen.length > 0 ? chosen : [...places.keys()];
      const gained = others.reduce((sum, i) => sum + goes[i]![j]! + goes[j]![i]!, 0);
      if (gained > most) [best, most] = [j, gained];
    }
    // All others are in somebody's coverage.
    if (best < 0) best = places.findIndex((_, j) => !chosen.includes(j));
    chosen.push(best);
  }
  return chosen.sort((i, j) => i - j);
}

function isNear(place: Place, point: Place): boolean {
  return metresBetween(place, point) <= DEFAULT_PARAMETERS.coverageMetres;
}

/** The seconds of a track that hold its first going from one place's coverage to another's, in whichever window of them. */
function crossingOf(track: Track, places: readonly Place[], seconds: number): [number, number] | undefined {
  let left: { place: number; at: number } | undefined;
  for (let t = 0; t < track.x.length; t++) {
    const here = { x: track.x[t]!, y: track.y[t]! };
    const metres = places.map((place) => metresBetween(place, here));
    const place = metres.indexOf(least(metres));
    if (metres[place]! > DEFAULT_PARAMETERS.coverageMetres) continue;
    const around = left === undefined ? -1 : seconds - (t - left.at) - 1;
    if (left !== undefined && left.place !== place && around > 0) return [left.at - around, t + around];
    left = { place, at: t };
  }
  return undefined;
}

/** The seconds of a track from when it first is near a place to when it last is, with some around. */
function stayOf({ x, y }: Track, places: readonly Place[], around: number): [number, number] | undefined {
  const there = Array.from(x, (one, t) => places.some((place) => isNear(place, { x: one, y: y[t]! })));
  return there.includes(true) ? [there.indexOf(true) - around, there.lastIndexOf(true) + around] : undefined;
}

function partOf({ firstSecond, x, y }: Track, part: [number, number] | undefined): Track[] {
  if (part === undefined) return [];
  const [from, to] = [Math.max(0, part[0]), Math.min(x.length, part[1] + 1)];
  return [{ firstSecond: firstSecond + from, x: x.slice(from, to), y: y.slice(from, to) }];
}
