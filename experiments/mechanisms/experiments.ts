import type { Laboratory } from "../learning/Laboratory.ts";
import type { LearningResult } from "../learning/LearningResult.ts";
import { cheats } from "./cheats.ts";
import { quality } from "./quality.ts";

/** The comparison of mechanisms, by name. */
export const MECHANISM_EXPERIMENTS: Readonly<
  Record<string, (laboratory: Laboratory) => Promise<LearningResult>>
> = { quality, cheats };
