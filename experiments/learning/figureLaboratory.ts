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
      const { evaluations } = await runFederation({ pool }, { ...federation, evaluate: "every" });
      return evaluations;
    },
  };
}
