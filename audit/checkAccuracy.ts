import type { TaskSpec } from "../chains/taskSpec.ts";
import type { GlobalModel } from "../learning/federated/GlobalModel.ts";
import { decodeModel } from "../learning/federated/modelCodec.ts";
import type { Digest } from "../storage/ContentStore.ts";
import type { Evidence } from "./Evidence.ts";
import type { FinalizedRound } from "./finalizedRounds.ts";
import type { Tally } from "./Tally.ts";

/** Evaluates a model on its task's held-out data; the score is in 1/10,000. */
export type Evaluate = (model: GlobalModel, spec: TaskSpec) => Promise<{ scoreBps: number; samples: number }>;

/** A round's model, evaluated again, is as accurate as was attested. Part of the check `aggregates`. */
export async function checkAccuracy(
  evidence: Evidence,
  { round, globalModel, accuracyBps }: FinalizedRound,
  evaluate: Evaluate,
  tally: Tally,
): Promise<void> {
  const spec = await evidence.spec();
  const model = decodeModel(await evidence.storage.get(globalModel as Digest), spec);
  const { scoreBps, samples } = await evaluate(model, spec);
  tally.require(
    scoreBps === accuracyBps,
    `The model ${globalModel} of round ${round} was attested with an accuracy of ${accuracyBps / 100} %; on ${samples} held-out samples it is ${scoreBps / 100} %.`,
  );
}
