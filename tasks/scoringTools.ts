import type { Dataset } from "../learning/datasets/Dataset.ts";
import { selectSamples } from "../learning/datasets/selectSamples.ts";
import { decompress } from "../learning/federated/compression.ts";
import { fromFixedPoint } from "../learning/federated/fixedPoint.ts";
import type { GlobalModel } from "../learning/federated/GlobalModel.ts";
import { decodeModel, mostModelBytes } from "../learning/federated/modelCodec.ts";
import { moved } from "../learning/federated/moved.ts";
import { decodeUpdate, mostUpdateBytes } from "../learning/federated/updateCodec.ts";
import type { ComputePool } from "../learning/training/ComputePool.ts";
import type { ScoredModel, ScoringTools } from "../mechanisms/MechanismScores.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import type { TaskSpec } from "./taskSpec.ts";

/** What scoring looks with. */
export interface ScoringModules {
  /** Of the task's global models. */
  models: Pick<ContentStore, "get">;
  /** Of the updates that were accepted. */
  updates: Pick<ContentStore, "get">;
  pool: Pick<ComputePool, "evaluateEach">;
  heldOutData: (dataset: TaskSpec["dataset"]) => Promise<Dataset>;
}

/**
 * What a mechanism scores the workers of a task with.
 *
 * @example
 * const tools = scoringTools(spec, { models: storage, updates, pool, heldOutData });
 */
export function scoringTools(spec: TaskSpec, modules: ScoringModules): ScoringTools {
  const { models, updates, pool, heldOutData } = modules;
  const known = new Map<string, Promise<GlobalModel>>();
  const globalModel = (digest: string): Promise<GlobalModel> => {
    const model =
      known.get(digest) ??
      models.get(digest as Digest, mostModelBytes(spec)).then((bytes) => decodeModel(bytes, spec));
    known.set(digest, model);
    return model;
  };
  const fixedPointOf = async (model: ScoredModel) => {
    if ("global" in model) return globalModel(model.global);
    const [base, bytes] = await Promise.all([
      globalModel(model.base),
      updates.get(model.update as Digest, mostUpdateBytes(spec)),
    ]);
    const { delta } = decodeUpdate(bytes, spec, model.base);
    const tensors = base.tensors.map((values, i) => moved(values, decompress(delta[i]!, base.fractionBits)));
    return { ...base, tensors };
  };
  return {
    heldOut: async () => (await heldOutData(spec.dataset)).labels.length,
    async losses(model, samples) {
      const [fixedPoint, heldOut] = await Promise.all([fixedPointOf(model), heldOutData(spec.dataset)]);
      const job = {
        spec: spec.model,
        parameters: fromFixedPoint(fixedPoint),
        dataset: selectSamples(heldOut, samples),
      };
      const losses = new Float64Array(samples.length);
      let offset = 0;
      for (const { squares } of await pool.evaluateEach(job)) {
        losses.set(squares, offset);
        offset += squares.length;
      }
      return losses;
    },
  };
}
