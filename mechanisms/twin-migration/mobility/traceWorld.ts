import { existsSync } from "node:fs";
import { join } from "node:path";
import { BaseError } from "../../../protocol/BaseError.ts";
import { GridMobility } from "../mathematics/mobility/GridMobility.ts";
import { TraceMobility } from "../mathematics/mobility/TraceMobility.ts";
import type { MigrationParameters } from "../mathematics/parameters.ts";
import type { WorldSize } from "../mathematics/rules/episodes.ts";
import { World } from "../mathematics/world/World.ts";
import { readAlicante, readBologna, readEua, readLiverpool, type Trace } from "./traces.ts";

/** How a trace is read; RSUs along a road stand where the road says, however many are asked for. */
const TRACES: Readonly<Record<string, (folder: string, size: WorldSize) => Trace>> = {
  "sumo-bologna": (folder, size) => readBologna(folder, size),
  "sumo-alicante": (folder, { clouds }) => readAlicante(folder, { clouds }),
  "bus-liverpool": (folder, { clouds }) => readLiverpool(folder, { clouds }),
  eua: (folder, size) => readEua(folder, size),
};

export const TRACE_NAMES = Object.keys(TRACES);

/**
 * A world of a trace by its name.
 *
 * @param data - Where the traces' folders are.
 * @throws BaseError `TRACE_MISSING`, and `MigrationError` `DOMAIN` when no window has so many vehicles.
 */
export function traceWorld(
  name: string,
  data: string,
  size: WorldSize,
  parameters: MigrationParameters,
): World {
  const read = TRACES[name];
  const folder = join(data, name);
  if (read === undefined || !existsSync(folder)) {
    throw new BaseError("TRACE_MISSING", `There is no trace ${JSON.stringify(name)} in ${data}.`, {
      next: `Traces are ${TRACE_NAMES.join(", ")}; say with --data where their folders are.`,
    });
  }
  const { site, tracks } = read(folder, size);
  const { vehicles } = size;
  const mobility =
    tracks.length === 0
      ? new GridMobility(vehicles, site.edgeX.length, site.cloudX.length, parameters, site)
      : new TraceMobility({ vehicles, site, tracks, windowSeconds: parameters.episodeSteps });
  return new World(mobility, parameters);
}
