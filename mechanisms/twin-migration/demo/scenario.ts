import { existsSync } from "node:fs";
import { join } from "node:path";

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

/** Signalled junctions of Bologna: of all of them those are taken that cover most. */
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
  const near = mostCovering(trace, steps);
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
 * As many RSUs as the demo has: of a road's those in a row that cover most positions, so that there is one to move on to;
 * else those that together cover most, one after the other. And of tracks the parts that are near them, with half a
 * window before and after: in whichever window somebody is there for a while.
 */
function mostCovering({ site, tracks }: Trace, seconds: number): Trace {
  const radius = DEFAULT_PARAMETERS.coverageMetres;
  const covers = (j: number, point: Place) =>
    (point.x - site.edgeX[j]!) ** 2 + (point.y - site.edgeY[j]!) ** 2 <= radius * radius;
  const points = tracks
    .filter(({ x }) => x.length > seconds)
    .flatMap(({ x, y }) =>
      Array.from({ length: Math.ceil(x.length / 10) }, (_, k) => ({ x: x[10 * k]!, y: y[10 * k]! })),
    );
  const isRoad = Array.from(site.edgeX).every((x, j) => {
    return j === 0 || Math.hypot(x - site.edgeX[j - 1]!, site.edgeY[j]! - site.edgeY[j - 1]!) <= 2 * radius;
  });
  const chosen = isRoad
    ? bestRow(site.edgeX.length, points, covers)
    : bestTogether(site.edgeX.length, points, covers);
  const places = chosen.map((j) => ({ x: site.edgeX[j]!, y: site.edgeY[j]! }));
  const around = Math.ceil(seconds / 2);
  const near = tracks.flatMap(({ firstSecond, x, y }): Track[] => {
    const there = Array.from(x, (one, t) => chosen.some((j) => covers(j, { x: one, y: y[t]! })));
    // Who never comes near has nothing to move.
    if (!there.includes(true)) return [];
    const [from, to] = [
      Math.max(0, there.indexOf(true) - around),
      Math.min(x.length, there.lastIndexOf(true) + 1 + around),
    ];
    return [{ firstSecond: firstSecond + from, x: x.slice(from, to), y: y.slice(from, to) }];
  });
  return siteOf(places, near, site.cloudX.length);
}

type Covers = (j: number, point: Place) => boolean;

/** So many neighbours of a road that cover most points. */
function bestRow(count: number, points: readonly Place[], covers: Covers): number[] {
  const size = Math.min(SIZE.edges, count);
  let best: number[] = [];
  let most = -1;
  for (let first = 0; first + size <= count; first++) {
    const row = Array.from({ length: size }, (_, k) => first + k);
    const gained = points.filter((point) => row.some((j) => covers(j, point))).length;
    if (gained > most) [best, most] = [row, gained];
  }
  return best;
}

/** So many that together cover most points, each the one that adds most. */
function bestTogether(count: number, points: readonly Place[], covers: Covers): number[] {
  const chosen: number[] = [];
  let left = points;
  while (chosen.length < Math.min(SIZE.edges, count)) {
    let best = -1;
    let most = -1;
    for (let j = 0; j < count; j++) {
      if (chosen.includes(j)) continue;
      const gained = left.filter((point) => covers(j, point)).length;
      if (gained > most) [best, most] = [j, gained];
    }
    chosen.push(best);
    left = left.filter((point) => !covers(best, point));
  }
  return chosen.sort((a, b) => a - b);
}
