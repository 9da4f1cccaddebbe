import { encodings } from "./encodings.ts";
import type { Laboratory } from "./Laboratory.ts";
import type { LearningResult } from "./LearningResult.ts";
import { machines } from "./machines.ts";
import { mnist } from "./mnist.ts";
import { spaces } from "./spaces.ts";
import { tuning } from "./tuning.ts";
import { turbofan } from "./turbofan.ts";

/** The experiments on learning, by name. */
export const LEARNING_EXPERIMENTS: Readonly<
  Record<string, (laboratory: Laboratory) => Promise<LearningResult>>
> = { mnist, encodings, turbofan, machines, spaces, tuning };

/** Those of `all`: what the documentation's tables are made of. The grid that came before them is not. */
export const TABLED: readonly string[] = ["mnist", "encodings", "turbofan", "machines", "spaces"];
