import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { strategyOf } from "../../learning/federated/strategies/strategyOf.ts";
import type { ModelParameters } from "../../learning/models/parameterShapes.ts";
import type { EvaluateResult } from "../../learning/training/summarizeEvaluation.ts";
import { type FederatedWorker, listedClients } from "../../simulation/federated/FederatedClients.ts";
import {
  type FederatedRoundsParameters,
  federatedRounds,
} from "../../simulation/federated/federatedRounds.ts";
import { type Laboratory, roundsHere } from "./Laboratory.ts";

/** What {@link runFederation} needs. */
export interface RunFederationParameters
  extends Pick<FederatedRoundsParameters, "task" | "rounds" | "weights"> {
  readonly workers: readonly FederatedWorker[];
  /** What the model is evaluated on. */
  readonly test: Dataset;
  /** After every round, or only the last one. */
  readonly evaluate: "every" | "last";
  /** Ends after the first evaluated round whose score is at least this; after `rounds` unless given. */
  readonly target?: number;
  /** Told after every evaluation how many rounds are over. */
  readonly evaluated?: (rounds: number) => void;
}

/** How a federation did. */
export interface FederationRun {
  /** After each evaluated round. */
  readonly evaluations: readonly EvaluateResult[];
  /** After the last round. */
  readonly final: EvaluateResult;
  /** The global model after the last round, as it is evaluated. */
  readonly parameters: ModelParameters;
  /** Mean bytes of an update. */
  readonly updateBytes: number;
  /** Mean steps of a worker in a round in which it takes part. */
  readonly steps: number;
}

/** Runs a federation to its end and evaluates its global models. */
export async function runFederation(
  laboratory: Pick<Laboratory, "pool" | "rounds">,
  {
    task,
    workers,
    weights,
    test,
    evaluate,
    target = Number.POSITIVE_INFINITY,
    evaluated,
    ...given
  }: RunFederationParameters,
): Promise<FederationRun> {
  const { pool } = laboratory;
  const rounds = roundsHere(laboratory, given.rounds);
  const evaluations: EvaluateResult[] = [];
  const sent = { updates: 0, bytes: 0, steps: 0 };
  let parameters: ModelParameters = [];
  for await (const { round, global, updates } of federatedRounds({
    task,
    clients: listedClients(workers),
    ...(weights === undefined ? {} : { weights }),
    rounds,
    pool,
  })) {
    for (const { bytes, steps } of updates) {
      sent.updates++;
      sent.bytes += bytes;
      sent.steps += steps;
    }
    if (evaluate === "last" && round + 1 < rounds) continue;
    parameters = strategyOf(task.strategy).configureEvaluate(round, global).parameters;
    evaluations.push(await pool.evaluate({ spec: task.model, parameters, dataset: test }));
    evaluated?.(round + 1);
    if (evaluations.at(-1)!.score >= target) break;
  }
  return {
    evaluations,
    final: evaluations.at(-1)!,
    parameters,
    updateBytes: sent.bytes / sent.updates,
    steps: sent.steps / sent.updates,
  };
}
