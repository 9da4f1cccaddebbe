import type { GlobalModel } from "../../learning/federated/GlobalModel.ts";
import { decodeModel } from "../../learning/federated/modelCodec.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";
import { errorSentence } from "../errorSentence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import type { FinalizedRound } from "../evidence/finalizedRounds.ts";

/** Evaluates a model on its task's held-out data; the score is in 1/10,000. */
export type Evaluate = (model: GlobalModel, spec: TaskSpec) => Promise<{ scoreBps: number; samples: number }>;

/**
 * Why a round's model, evaluated again, is not as accurate as was attested, or cannot be evaluated; "" when it is as
 * accurate. Part of the check `aggregates`.
 */
export async function accuracyFailure(
  evidence: Evidence,
  { round, globalModel, accuracyBps }: FinalizedRound,
  evaluate: Evaluate,
): Promise<string> {
  const what = `The model ${globalModel} of round ${round}`;
  try {
    const spec = await evidence.spec();
    const bytes = await evidence.updates.get(globalModel);
    if (bytes instanceof BaseError) throw bytes;
    const { scoreBps, samples } = await evaluate(decodeModel(bytes, spec), spec);
    if (scoreBps === accuracyBps) return "";
    return `${what} was attested with an accuracy of ${accuracyBps / 100} %; on ${samples} held-out samples it is ${scoreBps / 100} %.`;
  } catch (error) {
    return `${what} cannot be evaluated: ${errorSentence(error)}`;
  }
}
