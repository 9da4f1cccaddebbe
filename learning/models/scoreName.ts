import type { ModelSpec } from "./ModelSpec.ts";
import type { ModelTask } from "./ModelTask.ts";
import { networkOf } from "./networkOf.ts";

const NAMES: Readonly<Record<ModelTask, string>> = {
  classification: "accuracy",
  regression: "timely",
  reconstruction: "AUC",
  detection: "mAP@50",
};

/** What a model's score on held-out data is called, wherever it is told: only a classifier's is an accuracy. */
export function scoreName(model: ModelSpec): string {
  return NAMES[networkOf(model).task];
}
