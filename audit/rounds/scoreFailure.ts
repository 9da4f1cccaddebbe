import type { GlobalModel } from "../../learning/federated/GlobalModel.ts";
import { decodeModel } from "../../learning/federated/modelCodec.ts";
import { BILLION } from "../../numerics/Share.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";
import { errorSentence } from "../errorSentence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import type { FinalizedRound } from "../evidence/finalizedRounds.ts";

/** Evaluates a model on its task's held-out data; the score is in billionths. */
export type Evaluate = (model: GlobalModel, spec: TaskSpec) => Promise<{ scorePpb: number; samples: number }>;

/**
 * Why a round's model, evaluated again, does not have the score that was attested, or cannot be evaluated; "" when it has
 * it. Part of the check `aggregates`.
 */
export async function scoreFailure(
  evidence: Evidence,
  { round, globalModel, scorePpb }: FinalizedRound,
  evaluate: Evaluate,
): Promise<string> {
  const what = `The model ${globalModel} of round ${round}`;
  try {
    const spec = await evidence.spec();
    const bytes = await evidence.updates.get(globalModel);
    if (bytes instanceof BaseError) throw bytes;
    const { scorePpb: again, samples } = await evaluate(decodeModel(bytes, spec), spec);
    if (again === scorePpb) return "";
    return `${what} was attested with a score of ${(100 * scorePpb) / BILLION} %; on ${samples} held-out samples it is ${(100 * again) / BILLION} %.`;
  } catch (error) {
    return `${what} cannot be evaluated: ${errorSentence(error)}`;
  }
}
