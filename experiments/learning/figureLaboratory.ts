import { initialGlobalModel } from "../../learning/federated/initialGlobalModel.ts";
import { strategyOf } from "../../learning/federated/strategies/strategyOf.ts";
import type { ComputePool } from "../../learning/training/ComputePool.ts";
import type { FigureLaboratory } from "../../mechanisms/FigureLaboratory.ts";
import { runFederation } from "./runFederation.ts";

/** A laboratory for a paper's figures, which trains in a pool. */
export function figureLaboratory({
  pool,
  load,
  progress,
}: Pick<FigureLaboratory, "load" | "progress"> & { readonly pool: ComputePool }): FigureLaboratory {
  return {
    load,
    progress,
    async federate(federation) {
      const { task, test } = federation;
      const { parameters } = strategyOf(task.strategy).configureEvaluate(0, initialGlobalModel(task));
      const untrained = await pool.evaluate({ spec: task.model, parameters, dataset: test });
      const { evaluations } = await runFederation({ pool }, { ...federation, evaluate: "every" });
      return { untrained, rounds: evaluations };
    },
  };
}
