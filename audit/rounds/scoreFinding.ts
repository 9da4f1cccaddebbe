import { datasetKindOf } from "../../learning/datasets/DatasetSpec.ts";
import type { GlobalModel } from "../../learning/federated/GlobalModel.ts";
import { decodeModel } from "../../learning/federated/modelCodec.ts";
import { BILLION } from "../../numerics/Share.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import type { TaskSpec } from "../../tasks/taskSpec.ts";
import { AuditFailure } from "../AuditFailure.ts";
import { errorNext } from "../errorNext.ts";
import { errorSentence } from "../errorSentence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import type { FinalizedRound } from "../evidence/finalizedRounds.ts";
import { unreadable } from "../evidence/unreadable.ts";
import { NotExamined } from "../NotExamined.ts";

/** Evaluates a model on its task's held-out data; the score is in billionths. */
export type Evaluate = (model: GlobalModel, spec: TaskSpec) => Promise<{ scorePpb: number; samples: number }>;

/**
 * What is wrong with the score that was attested for a round's model: it is another on the held-out data, or the model
 * cannot be evaluated here; undefined when it is right. Part of the check `aggregates`.
 */
export async function scoreFinding(
  evidence: Evidence,
  { round, globalModel, scorePpb }: FinalizedRound,
  evaluate: Evaluate,
): Promise<AuditFailure | NotExamined | undefined> {
  const what = `The model ${globalModel} of round ${ordinal(round)}`;
  try {
    const spec = await evidence.spec();
    const bytes = await evidence.updates.get(globalModel);
    if (bytes instanceof BaseError) return unreadable(what, bytes);
    const { scorePpb: again, samples } = await evaluate(decodeModel(bytes, spec), spec);
    if (again === scorePpb) return undefined;
    if (spec.heldOut === undefined && datasetKindOf(spec.dataset).isAnybodys === true) {
      return new NotExamined(
        `${what} was attested with a score of ${(100 * scorePpb) / BILLION} %; on ${samples} held-out samples here it is ${(100 * again) / BILLION} %, and nothing says that those are the aggregators'.`,
        "Audit with the very file that the aggregators have. A task commits to its held-out data with heldOut (docs/data.md).",
      );
    }
    return new AuditFailure(
      `${what} was attested with a score of ${(100 * scorePpb) / BILLION} %; on ${samples} held-out samples it is ${(100 * again) / BILLION} %.`,
    );
  } catch (error) {
    if (error instanceof AuditFailure || error instanceof NotExamined) return error;
    return new NotExamined(
      `${what} cannot be evaluated: ${errorSentence(error)}`,
      errorNext(error, "Audit where the task's held-out data are and its model can be computed."),
      error,
    );
  }
}
