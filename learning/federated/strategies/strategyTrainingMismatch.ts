import type { TrainingConfig } from "../../training/TrainingConfig.ts";
import type { StrategySpec } from "./strategySpec.ts";

/**
 * Why a strategy cannot work with a task's local training: SCAFFOLD reads the mean
 * gradient off the way that plain SGD has gone.
 *
 * @returns One sentence, or undefined when they fit.
 *
 * @example
 * strategyTrainingMismatch({ kind: "scaffold" }, { ...training, momentum: 0.9 });
 */
export function strategyTrainingMismatch(
  { kind }: Pick<StrategySpec, "kind">,
  { optimizer = "sgd", momentum = 0 }: Pick<TrainingConfig, "optimizer" | "momentum">,
): string | undefined {
  if (kind !== "scaffold" || (optimizer === "sgd" && momentum === 0)) return undefined;
  return `SCAFFOLD needs plain SGD, the task trains with ${optimizer} and momentum ${momentum}.`;
}
