import type { Dataset } from "../learning/datasets/Dataset.ts";
import { selectSamples } from "../learning/datasets/selectSamples.ts";
import { decompress } from "../learning/federated/compression.ts";
import { fromFixedPoint } from "../learning/federated/fixedPoint.ts";
import type { GlobalModel } from "../learning/federated/GlobalModel.ts";
import type { LearningTask } from "../learning/federated/LearningTask.ts";
import { decodeModel, mostModelBytes } from "../learning/federated/modelCodec.ts";
import { moved } from "../learning/federated/moved.ts";
import { decodeUpdate, mostUpdateBytes } from "../learning/federated/updateCodec.ts";
import type { ComputePool } from "../learning/training/ComputePool.ts";
import type { ScoredModel, ScoringTools } from "../mechanisms/MechanismScores.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { TaskTerms } from "../protocol/taskTerms.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import { isContentFault } from "../storage/isContentFault.ts";
import { mostBatchBytes, readFirstBatch } from "./firstBatch.ts";
import type { HeldOutData } from "./TaskData.ts";
import type { TaskSpec } from "./taskSpec.ts";

/** What scoring must know of a task. */
export type ScoredTask = LearningTask & Pick<TaskSpec, "dataset" | "heldOut">;

/** What scoring looks with. */
export interface ScoringModules {
  /** Of the task's global models. */
  models: Pick<ContentStore, "get">;
  /** Of the updates that were accepted, and of what was synchronized first to those who sent them. */
  updates: Pick<ContentStore, "get">;
  pool: Pick<ComputePool, "evaluateEach">;
  heldOutData: HeldOutData;
}

/**
 * What a mechanism scores the workers of a task with.
 *
 * @example
 * const tools = scoringTools({ spec, terms }, { models: storage, updates, pool, heldOutData });
 */
export function scoringTools(
  { spec, terms }: { spec: ScoredTask; terms: Pick<TaskTerms, "maxWorkers" | "subchains"> },
  modules: ScoringModules,
): ScoringTools {
  const { models, updates, pool, heldOutData } = modules;
  const known = new Map<string, Promise<GlobalModel>>();
  const globalModel = (digest: string): Promise<GlobalModel> => {
    const before = known.get(digest);
    if (before !== undefined) return before;
    const model = models
      .get(digest as Digest, mostModelBytes(spec))
      .then((bytes) => decodeModel(bytes, spec));
    known.set(digest, model);
    // What could not be had is asked for again.
    model.catch(() => known.delete(digest));
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
  const readBatch = async (digest: string): Promise<Dataset | undefined> => {
    const most = mostBatchBytes(terms);
    try {
      const bytes = await updates.get(digest as Digest, most);
      // A store that has it in memory need not look at its size.
      return bytes.length > most
        ? undefined
        : readFirstBatch(bytes, spec, await heldOutData(spec.dataset, spec.heldOut));
    } catch (error) {
      // Nobody can have a batch of it.
      if (isContentFault(error)) return undefined;
      throw error;
    }
  };
  // One is kept: all workers' together may be more than there is memory for.
  let last: { digest: string; batch: Promise<Dataset | undefined> } | undefined;
  const batchOf = (digest: string): Promise<Dataset | undefined> => {
    if (last?.digest === digest) return last.batch;
    const reading = { digest, batch: readBatch(digest) };
    last = reading;
    reading.batch.catch(() => {
      if (last === reading) last = undefined;
    });
    return reading.batch;
  };
  const samplesOf = async (batch: string | undefined): Promise<Dataset> => {
    if (batch === undefined) return heldOutData(spec.dataset, spec.heldOut);
    const dataset = await batchOf(batch);
    if (dataset !== undefined) return dataset;
    throw new BaseError("NO_BATCH", `The file ${batch} is no batch of the task's data.`);
  };
  return {
    heldOut: async () => (await heldOutData(spec.dataset, spec.heldOut)).labels.length,
    batch: async (digest) => (await batchOf(digest))?.labels.length ?? 0,
    async losses(model, samples, batch) {
      const [fixedPoint, dataset] = await Promise.all([fixedPointOf(model), samplesOf(batch)]);
      const job = {
        spec: spec.model,
        parameters: fromFixedPoint(fixedPoint),
        dataset: selectSamples(dataset, samples),
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
