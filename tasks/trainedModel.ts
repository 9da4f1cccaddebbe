import type { GlobalModel } from "../learning/federated/GlobalModel.ts";
import { decodeModel, mostModelBytes } from "../learning/federated/modelCodec.ts";
import { strategyOf } from "../learning/federated/strategies/strategyOf.ts";
import type { ModelParameters } from "../learning/models/parameterShapes.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { ContentStore, Digest } from "../storage/ContentStore.ts";
import { digestOf } from "../storage/contentId.ts";
import { storedTaskSpec } from "./storedTaskSpec.ts";
import type { TaskSpec } from "./taskSpec.ts";
import type { TaskView } from "./view/TaskView.ts";

/** A global model of a task, as a round produced it. */
export interface TrainedModel {
  readonly spec: TaskSpec;
  /** From 1. */
  readonly round: number;
  /** What the main chain has of it. */
  readonly digest: string;
  /** As aggregators attested it, 0 to 1. */
  readonly score: number;
  readonly global: GlobalModel;
  /** As the task's strategy evaluates it. */
  readonly parameters: ModelParameters;
}

/**
 * Fetches the global model that a round of a task produced, and checks that it is the one of the main chain.
 *
 * @param round - From 1; the last finalized one unless given.
 * @throws `ROUND_NOT_FINAL`; `MODEL_DIGEST` when the store gives another file than was asked for, and the errors of
 * `ContentStore.get`, `storedTaskSpec` and `decodeModel`.
 */
export async function trainedModel(
  view: TaskView,
  storage: ContentStore,
  round?: number,
): Promise<TrainedModel> {
  const finalized = view.rounds.filter(({ result }) => result !== undefined).length;
  const wanted = round ?? finalized;
  const result = view.rounds[wanted - 1]?.result;
  if (result === undefined) {
    throw new BaseError(
      "ROUND_NOT_FINAL",
      finalized === 0
        ? `No round of task ${view.task} is final yet.`
        : `Round ${wanted} of task ${view.task} is not final.`,
      {
        details:
          finalized === 0
            ? `It is ${view.status.toLowerCase()}; its first model comes with its first round.`
            : `Final are its rounds 1 to ${finalized}.`,
        next: `See where it is with: ./freshet task show ${view.task}.`,
      },
    );
  }
  const { globalModel: digest, score } = result;
  const spec = await storedTaskSpec(storage, view.terms.specDigest);
  const bytes = await storage.get(digest as Digest, mostModelBytes(spec));
  // Stores check what they give: whoever takes a model away sees for themselves.
  const found = await digestOf(bytes);
  if (found !== digest) {
    throw new BaseError(
      "MODEL_DIGEST",
      `Storage gives another model of round ${wanted} than the chain has.`,
      {
        details: `On chain is ${digest}, the file's digest is ${found}.`,
        next: "Use another storage server.",
      },
    );
  }
  const global = decodeModel(bytes, spec);
  const { parameters } = strategyOf(spec.strategy).configureEvaluate(wanted - 1, global);
  return { spec, round: wanted, digest, score, global, parameters };
}
