import type { FixedPointModel } from "../learning/federated/fixedPoint.ts";
import { decodeUpdate } from "../learning/federated/updateCodec.ts";
import type { Digest } from "../storage/ContentStore.ts";
import type { Evidence } from "./Evidence.ts";
import type { FinalizedRound } from "./finalizedRounds.ts";
import type { Tally } from "./Tally.ts";

/** Counts a model's correct predictions on the task's held-out data. */
export type Evaluate = (model: FixedPointModel) => Promise<{ correct: number; samples: number }>;

/** A round's model, evaluated again, is as accurate as was attested. Part of the check `aggregates`. */
export async function checkAccuracy(
  evidence: Evidence,
  { round, globalModel, accuracyBps }: FinalizedRound,
  evaluate: Evaluate,
  tally: Tally,
): Promise<void> {
  const spec = await evidence.spec();
  const bytes = await evidence.storage.get(globalModel as Digest);
  const model = decodeUpdate(bytes, { spec: spec.model, fractionBits: spec.fractionBits });
  const { correct, samples } = await evaluate(model);
  const measured = Math.floor((correct * 10_000) / samples);
  tally.require(
    measured === accuracyBps,
    `The model ${globalModel} of round ${round} was attested with an accuracy of ${accuracyBps / 100} %; ${correct} of ${samples} held-out samples are ${measured / 100} %.`,
  );
}
