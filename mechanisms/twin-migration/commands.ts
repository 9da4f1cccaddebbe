import type { PaperCommands } from "../MechanismCommands.ts";
import { TWIN_MIGRATION_FIGURES } from "./experiments/figures.ts";
import { runAction } from "./learning/runAction.ts";
import { trainAction } from "./learning/trainAction.ts";
import { solveSpec } from "./mathematics/solveSpec.ts";
import { migrationTable } from "./migrationTable.ts";

/** What twin migration's paper brings to the command line. */
export const paperCommands: PaperCommands = {
  solver: {
    command: "migration",
    about: "twin migration's mathematics on plain data",
    solves: "environment, game, rules, networks, settlement, … (docs/migration-solve.md)",
    solve: solveSpec,
    lines: migrationTable,
  },
  figures: TWIN_MIGRATION_FIGURES,
  figureOptions: ["seeds", "episodes", "trained", "traces", "kept"],
  actions: [trainAction, runAction],
};
