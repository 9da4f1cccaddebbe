import type { ModelSpec } from "../models/ModelSpec.ts";
import type { TrainingConfig } from "../training/TrainingConfig.ts";
import type { StrategySpec } from "./strategies/strategySpec.ts";
import type { UpdateSpec } from "./updateSpec.ts";

/** What learning needs to know of a task; a task's specification has these fields. */
export interface LearningTask {
  readonly model: ModelSpec;
  /** Fraction bits of the global model, 0 to 30. */
  readonly fractionBits: number;
  readonly strategy: StrategySpec;
  readonly update: UpdateSpec;
  /** `strict/N` or `fast/N`. */
  readonly numericClass: string;
  readonly training: TrainingConfig;
  /** Seed of everything random. */
  readonly seed: number;
}
