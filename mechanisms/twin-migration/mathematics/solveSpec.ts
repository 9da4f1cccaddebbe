/**
 * The front door for plain data: one object in, one out, such as test vectors and the command line use.
 *
 * Paper: papers/twin-migration.txt ("three tiers, twin migration, MO-MADDPG"), as the project reads it. Every `kind` and
 * its fields are described where it is solved, in `spec/`, and in docs/migration-solve.md.
 *
 * | kinds | solved in | what they are |
 * | ----- | --------- | ------------- |
 * | `rng`, `radio`, `path`, `admission`, `queue`, `queue-printed`, `backlog`, `energy`, `ux`, `objective`, `success`, `msr` | `partSpecs` | parts of the environment |
 * | `reset`, `mobility`, `observation`, `graph`, `step`, `trajectory` | `worldSpecs` | the environment |
 * | `episode`, `benchmark`, `clairvoyant` | `ruleSpecs` | rules over episodes |
 * | `vehicle-response`, `edge-response`, `retail-price`, `cloud-price`, `stackelberg`, `verify` | `gameSpecs` | the game |
 * | `gcn`, `action-adjacency`, `actor`, `critic`, `gumbel`, `losses`, `update`, `adam`, `soft-update`, `ou`, `exploration` | `networkSpecs` | the networks and how they learn |
 * | `settle`, `reputation` | `chainSpecs` | what chains compute |
 */
import { SpecReader } from "../../solving/SpecReader.ts";
import { specSolver } from "../../solving/specSolver.ts";
import type { MigrationErrorCode } from "./MigrationError.ts";
import { reputationSpec, settleSpec } from "./spec/chainSpecs.ts";
import {
  cloudPriceSpec,
  edgeResponseSpec,
  retailPriceSpec,
  stackelbergSpec,
  vehicleResponseSpec,
  verifySpec,
} from "./spec/gameSpecs.ts";
import {
  actorSpec,
  adamSpec,
  adjacencySpec,
  criticSpec,
  explorationSpec,
  gcnSpec,
  gumbelSpec,
  lossesSpec,
  noiseSpec,
  softUpdateSpec,
  updateSpec,
} from "./spec/networkSpecs.ts";
import {
  admissionSpec,
  backlogSpec,
  drawSpec,
  energySpec,
  experienceSpec,
  objectiveSpec,
  pathSpec,
  printedQueueSpec,
  queueSpec,
  radioSpec,
  successRateSpec,
  successSpec,
} from "./spec/partSpecs.ts";
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
  rng: drawSpec,
  radio: radioSpec,
  path: pathSpec,
  admission: admissionSpec,
  queue: queueSpec,
  "queue-printed": printedQueueSpec,
  backlog: backlogSpec,
  energy: energySpec,
  ux: experienceSpec,
  objective: objectiveSpec,
  success: successSpec,
  msr: successRateSpec,
  reset: resetSpec,
  mobility: mobilitySpec,
  observation: observationSpec,
  graph: graphSpec,
  step: stepSpec,
  trajectory: trajectorySpec,
  episode: episodeSpec,
  benchmark: benchmarkSpec,
  clairvoyant: clairvoyantSpec,
  "vehicle-response": vehicleResponseSpec,
  "edge-response": edgeResponseSpec,
  "retail-price": retailPriceSpec,
  "cloud-price": cloudPriceSpec,
  stackelberg: stackelbergSpec,
  verify: verifySpec,
  gcn: gcnSpec,
  "action-adjacency": adjacencySpec,
  actor: actorSpec,
  critic: criticSpec,
  gumbel: gumbelSpec,
  losses: lossesSpec,
  update: updateSpec,
  adam: adamSpec,
  "soft-update": softUpdateSpec,
  ou: noiseSpec,
  exploration: explorationSpec,
  settle: settleSpec,
  reputation: reputationSpec,
};

/** Fields that inputs of several kinds share. */
const FIELDS = [
  ...["A", "C", "D", "D_scale", "E", "E_ref", "H", "I", "J", "K", "L", "L_max", "L_ref", "Lq", "M"],
  ...[
    "N",
    "P",
    "Qbuf",
    "R",
    "S_retail",
    "U",
    "U_ref",
    "V",
    "a",
    "action",
    "adm",
    "admitted",
    "alpha",
    "arrivals",
  ],
  ...[
    "assoc",
    "attempts",
    "b",
    "bl",
    "bond",
    "bq",
    "br",
    "candidate",
    "capacity",
    "cloud",
    "config",
    "cost",
    "count",
    "d",
  ],
  ...[
    "d_end",
    "demand",
    "destination",
    "edge",
    "edges",
    "episode",
    "episodes",
    "epochs",
    "eps",
    "f",
    "gamma",
    "gcn",
    "grads",
    "h",
  ],
  ...[
    "horizon",
    "host",
    "k",
    "lambda",
    "latency_ms",
    "link",
    "load",
    "logits",
    "lr",
    "lr_actor",
    "lr_critic",
    "missed",
    "mu",
    "n",
  ],
  ...[
    "name",
    "normals",
    "offset",
    "omega",
    "omega_bar",
    "outcome",
    "profile",
    "q",
    "q_next",
    "r",
    "reg",
    "requests",
    "rule",
    "s",
  ],
  ...[
    "seed",
    "server",
    "servers",
    "sigma",
    "signatures",
    "size_MB",
    "source",
    "stackelberg",
    "stamps",
    "start_ms",
    "steps",
    "stream",
    "successes",
    "t",
  ],
  ...["target", "tau", "theta", "u", "upstream", "vehicle", "w", "warm", "weights", "width", "x0"],
];

/**
 * Solves an input of any kind. Bad input is an answer, never an exception; every number of a result is finite.
 *
 * @example
 * solveSpec({ kind: "msr", attempts: 40, successes: 35, missed: 2 }); // { ok: true, result: { msr: 0.8333333333333334 } }
 * solveSpec({ kind: "msr", attempts: 40, successes: 41, missed: 2 });
 * // { ok: false, error: "PARAM", message: "successes must be a whole number from 0 to 40" }
 */
export const solveSpec = specSolver({
  reader: (input) => new SpecReader(input),
  kinds: KINDS,
  codes: ["SHAPE", "DOMAIN", "SIGNATURES"] satisfies MigrationErrorCode[],
  fields: FIELDS,
});
