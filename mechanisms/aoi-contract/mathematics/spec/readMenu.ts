import { NOT_NEGATIVE, POSITIVE } from "../../../solving/SpecReader.ts";
import type { ContractReader } from "./ContractReader.ts";
import { checkLength } from "./readTypes.ts";

/** The frequencies of a menu, one a type: `f`, or 1/`theta`. */
export function readFrequencies(spec: ContractReader, count: number): number[] {
  const frequencies =
    spec.has("theta") && !spec.has("f")
      ? spec.numbers("theta", POSITIVE).map((theta) => 1 / theta)
      : spec.numbers("f", NOT_NEGATIVE);
  checkLength("f", frequencies, count);
  return frequencies;
}

/** The rewards of a menu, one a type. */
export function readRewards(spec: ContractReader, count: number): number[] {
  const rewards = spec.numbers("R");
  checkLength("R", rewards, count);
  return rewards;
}
