import type { Dataset } from "../learning/datasets/Dataset.ts";
import type { TrainAndTest } from "../learning/datasets/DatasetKind.ts";
import { networkOf } from "../learning/models/networkOf.ts";
import { anomaliesUntold } from "../learning/training/nothingToScore.ts";
import { assertDealt, dealtRows } from "./dealtRows.ts";
import type { TaskSpec } from "./taskSpec.ts";

/**
 * Checks a task's data before it is published: that the held-out samples can tell a score, and that every device has
 * samples to train on. That there are some at all, `loadTrainAndTest` has checked.
 *
 * @param devices - How many share the training samples; left open where that is not known.
 * @throws BaseError `NOTHING_TO_SCORE` or `DEVICE_WITHOUT_DATA` with what was found, and the errors of `partition`.
 */
export function checkTaskData(spec: TaskSpec, { train, test }: TrainAndTest, devices?: number): void {
  assertScorable(spec, test);
  if (devices === undefined) return;
  const dealt = dealtRows(spec, train, devices);
  assertDealt(dealt, [...dealt.keys()]);
}

/**
 * Checks that a score can be measured: anomalies are told from normal samples, so both must be held out.
 *
 * @throws BaseError `NOTHING_TO_SCORE` with what was found.
 */
export function assertScorable({ model }: Pick<TaskSpec, "model">, { labels }: Dataset): void {
  if (networkOf(model).task !== "reconstruction") return;
  const anomalous = labels.filter((label) => label !== 0).length;
  if (anomalous === 0 || anomalous === labels.length) throw anomaliesUntold(anomalous, labels.length);
}
