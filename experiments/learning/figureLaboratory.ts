import { initialGlobalModel } from "../../learning/federated/initialGlobalModel.ts";
import { strategyOf } from "../../learning/federated/strategies/strategyOf.ts";
import type { Federation, FederationScores, FigureLaboratory } from "../../mechanisms/FigureLaboratory.ts";
import type { FederationPool } from "../../simulation/federated/FederationPool.ts";
import type { KeptTrainings } from "./KeptTrainings.ts";
import { runFederation } from "./runFederation.ts";

/** What {@link figureLaboratory} needs. */
export interface FigureLaboratoryOptions extends Pick<FigureLaboratory, "load" | "progress"> {
  /** Asked for when something is to be trained, and not before. */
  readonly pool: () => FederationPool;
  /** Keeps what trainings came to; every federation is trained unless given. */
  readonly kept?: KeptTrainings;
  /** Told of every round of a federation that is over. */
  readonly round?: (over: number, rounds: number) => void;
}

/** A laboratory for a paper's figures, which trains in a pool. */
export function figureLaboratory({
  pool,
  kept,
  load,
  progress,
  round = () => {},
}: FigureLaboratoryOptions): FigureLaboratory {
  const train = async (federation: Federation): Promise<FederationScores> => {
    const { task, test, rounds } = federation;
    const { parameters } = strategyOf(task.strategy).configureEvaluate(0, initialGlobalModel(task));
    const untrained = await pool().evaluate({ spec: task.model, parameters, dataset: test });
    const { evaluations } = await runFederation(
      { pool: pool() },
      { ...federation, evaluate: "every", evaluated: (over) => round(over, rounds) },
    );
    return { untrained, rounds: evaluations };
  };
  return {
    load,
    progress,
    async federate(federation) {
      if (kept === undefined) return train(federation);
      const found = await kept.federate(federation, () => train(federation));
      if (found.kept) progress("taken from an earlier run, which was interrupted");
      return found.scores;
    },
  };
}
