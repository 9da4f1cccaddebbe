import { checkLength } from "./readTypes.ts";
import type { SpecReader } from "./SpecReader.ts";

/** The frequencies of a menu, one a type: `f`, or 1/`theta`. */
export function readFrequencies(spec: SpecReader, count: number): number[] {
  const frequencies =
    spec.has("theta") && !spec.has("f")
      ? spec.numbers("theta", { above: 0 }).map((theta) => 1 / theta)
      : spec.numbers("f", { min: 0 });
  checkLength("f", frequencies, count);
  return frequencies;
}

/** The rewards of a menu, one a type. */
export function readRewards(spec: SpecReader, count: number): number[] {
  const rewards = spec.numbers("R");
  checkLength("R", rewards, count);
  return rewards;
}
