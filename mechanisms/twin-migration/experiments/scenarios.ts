import { existsSync } from "node:fs";
import { join } from "node:path";
import { BaseError } from "../../../protocol/BaseError.ts";
import { GridMobility } from "../mathematics/mobility/GridMobility.ts";
import type { Mobility } from "../mathematics/mobility/Mobility.ts";
import { TraceMobility } from "../mathematics/mobility/TraceMobility.ts";
import { DEFAULT_PARAMETERS, type MigrationParameters } from "../mathematics/parameters.ts";
import type { WorldSize } from "../mathematics/rules/episodes.ts";
import { World } from "../mathematics/world/World.ts";
import { readAlicante, readBologna, readEua, readLiverpool, type Trace } from "../mobility/traces.ts";

/** Seeds of the episodes that policies are compared on, the same for all; nothing was tuned or chosen on them. */
export const HELD_OUT = { first: 9400, count: 40 } as const;
/** What is trained in, and what the paper has. */
export const SMALL: WorldSize = { vehicles: 20, edges: 4, clouds: 2 };
export const LARGE: WorldSize = { vehicles: 100, edges: 10, clouds: 3 };
/** How much heavier tasks are in the second setting. */
export const HEAVIER = 1.6;

/** Where policies are compared: how vehicles move and what the servers have. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** @param game - false: posted mid price and equal shares, as the paper's baselines know no game. */
  world(game: boolean): World;
}

/** A scenario with other parameters. */
export function scenarioOf(
  id: string,
  title: string,
  mobility: (parameters: MigrationParameters) => Mobility,
  changed: Partial<MigrationParameters> = {},
): Scenario {
  return {
    id,
    title,
    world(game) {
      const parameters = { ...DEFAULT_PARAMETERS, ...changed, game };
      return new World(mobility(parameters), parameters);
    },
  };
}

/** The reading's grid. */
export function gridScenario(
  id: string,
  title: string,
  { vehicles, edges, clouds }: WorldSize,
  changed: Partial<MigrationParameters> = {},
): Scenario {
  return scenarioOf(
    id,
    title,
    (parameters) => new GridMobility(vehicles, edges, clouds, parameters),
    changed,
  );
}

/** Tasks of so many times the cycles. */
export function heavierTasks(factor: number): Partial<MigrationParameters> {
  return {
    leastTaskCycles: factor * DEFAULT_PARAMETERS.leastTaskCycles,
    greatestTaskCycles: factor * DEFAULT_PARAMETERS.greatestTaskCycles,
  };
}

export const GRID = gridScenario("grid", "grid, 20/4/2", SMALL);
export const GRID_LARGE = gridScenario("grid-100", "grid, 100/10/3", LARGE);
export const GRID_HEAVIER = gridScenario(
  "heavier",
  `grid, 20/4/2, tasks ${HEAVIER} times as heavy`,
  SMALL,
  heavierTasks(HEAVIER),
);

/** A recorded trace that scenarios are made of. */
export interface TraceSource {
  readonly id: string;
  readonly title: string;
  /** Its folder in the folder of traces. */
  readonly folder: string;
  /** With a twin. */
  readonly vehicles: number;
  read(folder: string): Trace;
}

export const TRACES: readonly TraceSource[] = [
  { id: "bologna", title: "Bologna", folder: "sumo-bologna", vehicles: 100, read: readBologna },
  { id: "alicante", title: "Alicante", folder: "sumo-alicante", vehicles: 32, read: readAlicante },
  {
    id: "alicante-stations",
    title: "Alicante, 28 stations",
    folder: "sumo-alicante",
    vehicles: 100,
    read: (folder) => readAlicante(folder, { stations: true }),
  },
  { id: "liverpool", title: "Liverpool", folder: "bus-liverpool", vehicles: 1, read: readLiverpool },
  { id: "melbourne", title: "Melbourne", folder: "eua", vehicles: 100, read: readEua },
];

/** The scenario of a trace. @throws BaseError `DATA_MISSING` when its folder is not there. */
export function traceScenario({ id, title, folder, vehicles, read }: TraceSource, traces: string): Scenario {
  const path = join(traces, folder);
  if (!existsSync(path)) {
    throw new BaseError("DATA_MISSING", `The trace ${folder} is not in ${traces}.`, {
      next: "Name the folder that has it with --traces.",
    });
  }
  const { site, tracks } = read(path);
  return scenarioOf(id, title, (parameters) =>
    tracks.length === 0
      ? new GridMobility(vehicles, site.edgeX.length, site.cloudX.length, parameters, site)
      : new TraceMobility({ vehicles, site, tracks, windowSeconds: parameters.episodeSteps }),
  );
}

/** That a folder has none of the traces. */
export function noTrace(traces: string): BaseError {
  return new BaseError("DATA_MISSING", `None of the traces is in ${traces}.`, {
    details: [...new Set(TRACES.map(({ folder }) => folder))].join(", "),
    next: "Name the folder that has them with --traces.",
  });
}
