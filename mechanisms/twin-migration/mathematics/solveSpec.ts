import { SpecReader } from "../../solving/SpecReader.ts";
import { specSolver } from "../../solving/specSolver.ts";
import type { MigrationErrorCode } from "./MigrationError.ts";
import { benchmarkSpec, clairvoyantSpec, episodeSpec } from "./spec/ruleSpecs.ts";
import {
  graphSpec,
  mobilitySpec,
  observationSpec,
  resetSpec,
  stepSpec,
  trajectorySpec,
} from "./spec/worldSpecs.ts";

const KINDS = {
  reset: resetSpec,
  mobility: mobilitySpec,
  observation: observationSpec,
  graph: graphSpec,
  step: stepSpec,
  trajectory: trajectorySpec,
  episode: episodeSpec,
  benchmark: benchmarkSpec,
  clairvoyant: clairvoyantSpec,
};

export const solveSpec = specSolver({
  reader: (input) => new SpecReader(input),
  kinds: KINDS,
  codes: ["SHAPE", "DOMAIN", "SIGNATURES"] satisfies MigrationErrorCode[],
});
