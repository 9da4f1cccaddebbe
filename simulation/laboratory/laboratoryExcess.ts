import { type BehaviourSpec, behaviourOf } from "../../learning/federated/behaviours/behaviourSpec.ts";
import type { SamplingSpec } from "../../learning/federated/sampling/samplingSpec.ts";
import { elementCount } from "../../learning/models/elementCount.ts";
import type { ModelSpec } from "../../learning/models/ModelSpec.ts";
import { parameterShapes } from "../../learning/models/parameterShapes.ts";
import { baselineNamed } from "../../mechanisms/baselines.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { excess, tooManyPasses } from "../federated/simulationBounds.ts";
import type { Enrolment } from "./Payer.ts";

/** What of a setting its bounds are about. */
export interface LaboratorySize {
  readonly rounds: number;
  readonly sampling: SamplingSpec;
  readonly training: { readonly epochs: number };
  readonly schedule: { readonly epochSeconds: number };
  readonly model: ModelSpec;
  readonly population: { readonly groups: readonly { readonly behaviour: readonly BehaviourSpec[] }[] };
  readonly mechanism:
    | { readonly policy: string }
    | { readonly baseline: string; readonly refreshSeconds?: unknown };
  readonly deviation?: { readonly behaviour: readonly BehaviourSpec[] } | undefined;
}

/** Bytes of an update's parameter, at the most. */
const PARAMETER_BYTES = 4;

/** Clients that take part in a round, at the most. */
export function clientsPerRound(sampling: SamplingSpec, clients: number): number {
  if (sampling.kind === "all") return clients;
  const subchains = sampling.kind === "uniform" ? (sampling.beacons?.length ?? 1) : 1;
  return Math.min(clients, subchains * sampling.clients);
}

/** What of a setting is too much, by the field that says it. */
export function laboratoryExcess(setting: LaboratorySize, clients: number): [field: string, why: string][] {
  const { rounds, sampling, training, schedule, mechanism } = setting;
  const each = clientsPerRound(sampling, clients);
  const refreshes =
    "baseline" in mechanism && typeof mechanism.refreshSeconds === "number"
      ? Math.ceil(schedule.epochSeconds / mechanism.refreshSeconds)
      : 0;
  const found: [field: string, why: string | undefined][] = [
    ["clients", excess("playedClients", { clients })],
    ["rounds", tooManyPasses({ clientsPerRound: each, rounds, epochs: training.epochs })],
    ["rounds", excess("paidUpdates", { "clients a round": each, rounds })],
    ["mechanism", excess("refreshes", { clients, "refreshes each": refreshes })],
    [
      "sampling",
      keepsUpdates(setting)
        ? excess("roundBytes", {
            "clients a round": each,
            parameters: parametersOf(setting),
            "bytes each": PARAMETER_BYTES,
          })
        : undefined,
    ],
  ];
  return found.flatMap(([field, why]): [string, string][] => (why === undefined ? [] : [[field, why]]));
}

/**
 * Looks at what clients chose before room is made for it.
 *
 * @throws BaseError `LABORATORY_TOO_LARGE`.
 */
export function assertRefreshes(enrolments: readonly Enrolment[]): void {
  let refreshes = 0;
  for (const enrolment of enrolments) if (!("abstain" in enrolment)) refreshes += enrolment.schedule.count;
  const why = excess("refreshes", { "of all clients together": refreshes });
  if (why === undefined) return;
  throw new BaseError(
    "LABORATORY_TOO_LARGE",
    "Clients would refresh their data more often than there is room for.",
    {
      details: `They are ${why}.`,
      next: "Take fewer clients, a shorter epoch, or a mechanism that asks for fewer refreshes.",
    },
  );
}

/** Whether all updates of a round are kept until they have been looked at. */
function keepsUpdates({ mechanism, population, deviation }: LaboratorySize): boolean {
  const isScored =
    "policy" in mechanism
      ? MECHANISMS.find(({ name }) => name === mechanism.policy)?.scores !== undefined
      : baselineNamed(mechanism.baseline)?.isByScores === true;
  const behaviours = [...population.groups.map(({ behaviour }) => behaviour), deviation?.behaviour ?? []];
  return isScored || behaviours.some((some) => behaviourOf(some, "copy") !== undefined);
}

function parametersOf({ model }: LaboratorySize): number {
  return parameterShapes(model).reduce((sum, { shape }) => sum + elementCount(shape), 0);
}
